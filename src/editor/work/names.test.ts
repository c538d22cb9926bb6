import assert from "node:assert/strict";
import { issueOf, projectOf } from "./names.ts";

describe("the project that a remote names", () => {
  const named: Record<string, string> = {
    "https://github.com/fernway/ferry.git": "fernway/ferry",
    "https://kim:secret@git.example.com:8443/fernway/ferry/": "fernway/ferry",
    "git@github.com:fernway/ferry.git": "fernway/ferry",
    "ssh://git@git.example.com:22/fernway/boats/ferry.git": "fernway/boats/ferry",
    "git://example.com/ferry.git?x=1": "ferry",
  };
  for (const [remote, project] of Object.entries(named))
    it(`is ${project} for ${remote}`, () => assert.equal(projectOf(remote), project));

  for (const remote of [
    "/home/kim/ferry.git",
    "../ferry",
    "file:///home/kim/ferry",
    "C:\\kim\\ferry",
    "host:/home/kim/ferry",
    "",
    "x",
  ])
    it(`is none for ${remote || "nothing"}`, () => assert.equal(projectOf(remote), undefined));
});

describe("the issue that a branch is for", () => {
  const named: Record<string, string> = {
    "ABC-123": "ABC-123",
    "feature/FER2-9-quay-lights": "FER2-9",
    "kim/ABC-123_x": "ABC-123",
    "123-fix": "123",
    "kim/42_quay-lights": "42",
    "#42-x": "42",
    "issue-7": "7",
    "issues/7": "7",
    "gh-7-lights": "7",
  };
  for (const [branch, issue] of Object.entries(named))
    it(`is ${issue} for ${branch}`, () => assert.equal(issueOf(branch), issue));

  const silent = [
    "main",
    "release/1.2",
    "v2-fix",
    "2026-11-24-notes",
    "release/24",
    "utf-8",
    "xABC-123",
    "ABC-123x",
    "fix-123",
    "",
  ];
  for (const branch of silent) it(`is not said by ${branch || "nothing"}`, () => assert.equal(issueOf(branch), undefined));
});
