import { max, type Nano, shareOf } from "../../budget/money.ts";

/** One column: how much, and the letters below it. */
export interface Column {
  amount: Nano;
  label: string;
}

/** Colours of a chart that is a picture, and so cannot have the theme's own (CSS colours). */
export interface ChartColors {
  column: string;
  /** Of the last column: today's. */
  last: string;
  text: string;
}

const STEP = 29;
const WIDTH = 20;
const HEIGHT = 44;
const LABELS = 14;
/** So high is the column of a little, however much the largest is. */
const LEAST = 2;

/** Columns as an SVG picture, the largest as high as it goes, the last one set apart; a column of nothing is a thin line. */
export function columnChart(columns: readonly Column[], colors: ChartColors): string {
  const largest = columns.reduce((most, { amount }) => max(most, amount), 0n);
  const width = columns.length * STEP;
  const drawn = columns.map(({ amount, label }, index) => {
    const isLast = index === columns.length - 1;
    const x = index * STEP + (STEP - WIDTH) / 2;
    const height = amount > 0n ? Math.max(LEAST, Math.round(shareOf(amount, largest) * HEIGHT)) : 1;
    const color = amount > 0n ? (isLast ? colors.last : colors.column) : colors.text;
    const fade = amount > 0n ? "" : ' opacity="0.4"';
    const weight = isLast ? ' font-weight="bold"' : "";
    return (
      `<rect x="${x}" y="${HEIGHT - height}" width="${WIDTH}" height="${height}" rx="${Math.min(2, height / 2)}" fill="${color}"${fade}/>` +
      `<text x="${x + WIDTH / 2}" y="${HEIGHT + LABELS - 2}" fill="${colors.text}"${weight}>${escaped(label)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT + LABELS}" viewBox="0 0 ${width} ${HEIGHT + LABELS}" ` +
    `font-family="system-ui, sans-serif" font-size="10" text-anchor="middle">${drawn.join("")}</svg>`
  );
}

/** The address of an SVG picture that holds all of it. */
export function pictureUri(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character]!);
}
