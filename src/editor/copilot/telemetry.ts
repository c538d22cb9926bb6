import { TELEMETRY_SETTINGS } from "../../protocol/copilotSettings.ts";

/** Where Copilot Chat's telemetry goes, and whether Token Budget may have it. */
export type TelemetryPlan =
  /** It comes here already. */
  | { kind: "ours" }
  /** These settings would bring it here. */
  | { kind: "write"; settings: Record<string, unknown> }
  /** It goes elsewhere, which is left alone. `where`: what says so, for people. */
  | { kind: "elsewhere"; where: string };

/** What is known of the editor's settings and environment. */
export interface TelemetrySources {
  /** A setting's value in force. */
  value(name: string): unknown;
  /** What the person has set it to; undefined where they have not. */
  own(name: string): unknown;
  env: NodeJS.ProcessEnv;
}

const PREFIX = "github.copilot.chat.otel.";
/** They stand before all settings. */
const VARIABLES = [
  "COPILOT_OTEL_ENDPOINT",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "COPILOT_OTEL_FILE_EXPORTER_PATH",
  "COPILOT_OTEL_ENABLED",
];

/** What `otlpEndpoint` is where nobody has set it. */
const USUAL = "http://localhost:4318";

/** @param url where it is to come. @param written where it was last told to go, by Token Budget itself */
export function telemetryPlan(url: string, written: string | undefined, { value, own, env }: TelemetrySources): TelemetryPlan {
  const variable = VARIABLES.find((name) => env[name]);
  if (variable) return { kind: "elsewhere", where: variable };
  const { enabled, endpoint } = TELEMETRY_SETTINGS;
  if (own(`${PREFIX}outfile`)) return { kind: "elsewhere", where: `${PREFIX}outfile` };
  const type = own(`${PREFIX}exporterType`);
  if (type !== undefined && type !== "otlp-http") return { kind: "elsewhere", where: `${PREFIX}exporterType` };
  const [set, inForce] = [own(endpoint), value(endpoint)];
  const isOurs = (address: unknown) => address === undefined || address === url || address === written;
  if (!isOurs(set)) return { kind: "elsewhere", where: String(set) };
  // An organisation's policy stands before the person's own settings.
  if (!isOurs(inForce) && inForce !== USUAL) return { kind: "elsewhere", where: String(inForce) };
  if (own(enabled) === true && set === undefined) return { kind: "elsewhere", where: String(inForce ?? USUAL) };
  if (own(enabled) === true && set === url) return { kind: "ours" };
  return { kind: "write", settings: { [enabled]: true, [endpoint]: url } };
}
