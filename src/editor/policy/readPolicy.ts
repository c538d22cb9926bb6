import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import * as z from "zod/mini";
import { type Policy, PolicySchema } from "../../budget/policy/policy.ts";
import type { Json } from "../../budget/policyEdit/json.ts";

/** What is wrong in a draft, and where (UTF-16 units). */
export interface DraftFault {
  text: string;
  offset: number;
  length: number;
  /** False: the editor's JSON support finds it too, by the schema. */
  ours: boolean;
}

export type ReadDraft =
  | { document: Json; policy: Policy; faults: [] }
  | { policy?: never; document?: never; faults: DraftFault[] };

/** Reads a draft. Faults are in the order in which they stand. */
export function readDraft(text: string): ReadDraft {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  if (!tree || errors.length > 0) {
    const faults = errors.map(({ error, offset, length }) => ({ text: printParseErrorCode(error), offset, length, ours: false }));
    return { faults: faults.length > 0 ? faults : [{ text: "EmptyDocument", offset: 0, length: 0, ours: false }] };
  }
  const document = JSON.parse(text) as Json;
  const result = z.safeParse(PolicySchema, document);
  if (result.success) return { document, policy: result.data, faults: [] };
  const faults = result.error.issues.flatMap((issue) => faultsOf(tree, issue));
  return { faults: faults.sort((a, b) => a.offset - b.offset) };
}

function faultsOf(tree: Node, issue: z.core.$ZodIssue): DraftFault[] {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [undefined];
  return keys.map((key) => {
    const { offset, length } = nodeAt(tree, key === undefined ? issue.path : [...issue.path, key]);
    return { text: issue.message, offset, length, ours: issue.code === "custom" };
  });
}

/** The value at a path, or the innermost around it that is there. */
function nodeAt(tree: Node, path: readonly PropertyKey[]): Node {
  for (let depth = path.length; depth > 0; depth--) {
    const node = findNodeAtLocation(
      tree,
      path.slice(0, depth).map((part) => (typeof part === "number" ? part : String(part))),
    );
    if (node) return node;
  }
  return tree;
}

/** Where the value at a JSON pointer stands in a text; its beginning where there is none. */
export function placeOf(text: string, pointer: string): { offset: number; length: number } {
  const tree = parseTree(text);
  if (!tree) return { offset: 0, length: 0 };
  const parts = pointer.split("/").slice(1);
  const path = parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return nodeAt(
    tree,
    path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  );
}
