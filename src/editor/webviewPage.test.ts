import assert from "node:assert/strict";
import { webviewPage } from "./webviewPage.ts";

const parts = {
  script: "https://webview.example/dist/preview.js",
  style: "https://webview.example/dist/preview.css",
  cspSource: "https://webview.example",
  nonce: "0123456789abcdef",
  id: "preview",
  title: "Prompt Cost",
  locale: "de",
};

describe("a webview's page", () => {
  it("lets nothing in but its own style and the script with the nonce", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(webviewPage(parts))?.[1];
    assert.equal(policy, "default-src 'none'; style-src https://webview.example; script-src 'nonce-0123456789abcdef'");
  });

  it("has one script, no inline code and no style attribute", () => {
    const page = webviewPage(parts);
    assert.equal(page.match(/<script/g)?.length, 1);
    assert.match(
      page,
      /<script type="module" nonce="0123456789abcdef" src="https:\/\/webview\.example\/dist\/preview\.js"><\/script>/,
    );
    assert.doesNotMatch(page, /\son\w+=|style=|javascript:/);
    assert.match(page, /<html lang="de">/);
  });

  it("holds its texts as texts", () => {
    const page = webviewPage({ ...parts, title: '"><script>alert(1)</script>' });
    assert.equal(page.match(/<script/g)?.length, 1);
    assert.match(page, /<title>&quot;&gt;&lt;script&gt;/);
  });
});
