#!/usr/bin/env node
import { pathToFileURL } from "node:url";
import { besideThis } from "./place.ts";
import { statusLine } from "./statusLine.ts";

// A shell's prompt waits for the line, so nothing else is loaded for it.
if (process.argv.slice(2).join(" ") === "status --line") void statusLine();
else void import(pathToFileURL(besideThis("commands")).href);
