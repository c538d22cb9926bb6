/** Where the page's own files are, as a webview may load them, and what it is called. */
export interface PageParts {
  script: string;
  style: string;
  /** The webview's own origin. */
  cspSource: string;
  /** New for each page. */
  nonce: string;
  /** Of the element that the script fills. */
  id: string;
  title: string;
  /** BCP 47 tag of the display language. */
  locale: string;
}

/**
 * The page of a webview: empty, for the script makes all of it. It may load its own style and the one script that has the nonce, and
 * nothing from anywhere else.
 */
export function webviewPage({ id, script, style, cspSource, nonce, title, locale }: PageParts): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${attribute(locale)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${attribute(style)}">
<title>${attribute(title)}</title>
</head>
<body>
<main id="${attribute(id)}"></main>
<script type="module" nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function attribute(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
