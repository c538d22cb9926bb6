import assert from "node:assert/strict";
import { guardPlanText } from "./planText.ts";

const t = (template: string, ...args: (string | number)[]) =>
  template.replace(/\{(\d+)\}/g, (_, index) => String(args[Number(index)]));

describe("what guarding would write", () => {
  const plan = { file: "/home/kim/.copilot/hooks/token-budget.json", text: '{\n  "version": 1\n}\n', isChange: false };
  const settings = { "github.copilot.chat.otel.enabled": true };

  it("is shown word for word: the hook file, and the settings", () => {
    const text = guardPlanText({ ...plan, telemetry: { kind: "write", settings } }, t);
    assert.ok(text.includes(`\`${plan.file}\`:\n\n\`\`\`json\n{\n  "version": 1\n}\n\`\`\``));
    assert.ok(text.includes('```json\n{\n  "github.copilot.chat.otel.enabled": true\n}\n```'));
    assert.match(
      guardPlanText({ ...plan, isChange: true, telemetry: { kind: "ours" } }, t),
      /in place of what Token Budget wrote/,
    );
  });

  it("says what happens where telemetry goes elsewhere", () => {
    const text = guardPlanText({ ...plan, telemetry: { kind: "elsewhere", where: "http://collector:4318" } }, t);
    assert.match(text, /goes elsewhere already \(http:\/\/collector:4318\), and is left alone/);
    assert.doesNotMatch(text, /otel\.enabled/);
  });
});
