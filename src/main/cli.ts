#!/usr/bin/env node
import { pathToFileURL } from "node:url";
import { besideThis } from "./place.ts";
import { statusLine } from "./statusLine.ts";

// A shell's prompt waits for the line, and an agent for its hook, so nothing else is loaded for them.
const asked = process.argv.slice(2).join(" ");
if (asked === "status --line") void statusLine();
else if (asked === "hook") void import(pathToFileURL(besideThis("hook")).href);
else void import(pathToFileURL(besideThis("commands")).href);
