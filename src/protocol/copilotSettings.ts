/** Copilot Chat's own settings that send its telemetry somewhere; application scope, read when a window starts. */
export const TELEMETRY_SETTINGS = {
  enabled: "github.copilot.chat.otel.enabled",
  endpoint: "github.copilot.chat.otel.otlpEndpoint",
} as const;

/** A file of the state directory that names the settings files in which Token Budget has written them: `{"settings": ["/…/settings.json"]}`. */
export const GUARDED_FILE = "guarded.json";
