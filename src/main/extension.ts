import * as vscode from "vscode";
import type { Decimal } from "../budget/money.ts";
import { createDaemonClient } from "../daemon/client/client.ts";
import { loadBudgetService } from "../daemon/client/inHost.ts";
import { Account } from "../editor/account/account.ts";
import { ChatProvider } from "../editor/chat/provider.ts";
import { UpstreamAccount } from "../editor/chat/upstreamAccount.ts";
import { command } from "../editor/command.ts";
import { CopilotHint } from "../editor/copilot/hint.ts";
import { WindowPlaceSync } from "../editor/copilot/place.ts";
import { createCounter } from "../editor/counting/counter.ts";
import { LiveDocuments } from "../editor/counting/liveDocuments.ts";
import { CountThread } from "../editor/counting/thread.ts";
import { showDaemonLog } from "../editor/daemonLog.ts";
import { EstimateItem } from "../editor/estimate/estimateItem.ts";
import { EstimateModel } from "../editor/estimate/model.ts";
import { askPerson } from "../editor/guard/ask.ts";
import { Guard } from "../editor/guard/guard.ts";
import { Meter } from "../editor/meter/meter.ts";
import { NetworkSync } from "../editor/network.ts";
import { loadBundle, OnDemand } from "../editor/onDemand.ts";
import { PolicyFiles } from "../editor/policy/files.ts";
import { PolicyNews } from "../editor/policy/news.ts";
import { PreferencesSync } from "../editor/preferences.ts";
import { PriceBook } from "../editor/priceBook.ts";
import { activePrompt } from "../editor/prompt.ts";
import { PromptFileLens } from "../editor/promptFiles/lens.ts";
import { ReferenceLinks } from "../editor/promptFiles/links.ts";
import { ReferenceProblems } from "../editor/promptFiles/problems.ts";
import { PromptFiles } from "../editor/promptFiles/promptFiles.ts";
import { ReferencedFiles } from "../editor/promptFiles/referencedFiles.ts";
import { type Outgoing, outgoingOf } from "../editor/send/outgoing.ts";
import { readSettings, type Settings } from "../editor/settings.ts";
import { RecentSpending } from "../editor/spending/recent.ts";
import { Uploads } from "../editor/uploads.ts";
import type { Reader } from "../editor/words.ts";
import { WindowWork } from "../editor/work/work.ts";
import { clientIn } from "../editor/workspaceClient.ts";
import { WorkspaceRulesFiles } from "../editor/workspaceRules.ts";
import { readTokenFilesFrom, tokenFolder } from "./tokenFiles.ts";

/** Builds what counts, which is all that an untrusted workspace gets; everything else as soon as the workspace is trusted. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Token Budget", { log: true });
  const warn = (line: string) => log.warn(line);
  const settings = readSettings();
  const script = context.asAbsolutePath("dist/tokenWorker.cjs");
  const readTokenFile = readTokenFilesFrom(tokenFolder(script));
  const thread = new CountThread({ script, tokenFolder: tokenFolder(script), readTokenFile, log: warn });
  const model = new EstimateModel(settings.estimateModel);
  const documents = new LiveDocuments(thread);
  const reader = readerAt(() => Date.now());
  const work = new WindowWork();
  const counting = { documents, model, settings, work, reader, log: warn };
  const referenced = new ReferencedFiles(thread);
  const promptFiles = new PromptFiles({ ...counting, referenced });
  const commands = () => loadBundle<typeof import("../editor/onCommand.ts")>(context.asAbsolutePath("dist/onCommand.cjs"));
  const heat = new OnDemand(() => new (commands().Heat)(counting));
  context.subscriptions.push(
    log,
    settings,
    thread,
    model,
    new EstimateItem(counting),
    referenced,
    promptFiles,
    new PromptFileLens(promptFiles, settings, reader),
    new ReferenceProblems(promptFiles, settings.lensVisible, reader),
    new ReferenceLinks(promptFiles, referenced, settings.estimateFiles),
    heat,
    command("showTokens", () => heat.loaded.toggle(), warn),
    command("hideMeter", () => settings.meterVisible.set(false), warn),
    command("showMeter", () => settings.meterVisible.set(true), warn),
    command("openSettings", () => vscode.commands.executeCommand("workbench.action.openSettings", "tokenBudget."), warn),
  );
  const connect = () =>
    context.subscriptions.push(...connected(context, { log, settings, thread, model, documents, promptFiles, work, commands }));
  if (vscode.workspace.isTrusted) connect();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(connect));
}

interface Counting {
  log: vscode.LogOutputChannel;
  settings: Settings;
  thread: CountThread;
  model: EstimateModel;
  documents: LiveDocuments;
  promptFiles: PromptFiles;
  work: WindowWork;
  commands: () => typeof import("../editor/onCommand.ts");
}

/** Everything that talks to the daemon. */
function connected(context: vscode.ExtensionContext, counting: Counting): { dispose(): unknown }[] {
  const { log, settings, thread, model, documents, promptFiles, work, commands } = counting;
  const warn = (line: string) => log.warn(line);
  const version = String(context.extension.packageJSON.version);
  const daemonScript = context.asAbsolutePath("dist/daemon.cjs");
  const info = (line: string) => log.info(line);
  const daemon = createDaemonClient({
    ...{ version, kind: "window", daemonScript, log: info },
    inHost: (stateDirectory) => loadBudgetService(daemonScript, { stateDirectory, version, log: info }),
  });
  const workspaceRules = new WorkspaceRulesFiles(warn);
  const client = clientIn(workspaceRules, daemon);
  const reader = readerAt(() => Date.now() + (client.state?.clockSkew ?? 0));
  const counter = createCounter(thread, () => client.state?.calibration);
  const prices = new PriceBook(client);
  const upstream = new UpstreamAccount(context.secrets, settings, process.env.TOKEN_BUDGET_UPSTREAM_KEY);
  const upstreamProvider = () => upstream.provider;
  const workspace = () => settings.historyWorkspaces.value && workspaceName();
  const from = () => ({ ...work.now, ...workspace() });
  const guard = new Guard(client, (question) => askPerson(question, client.state, reader()), warn, from);
  const account = new Account(daemon, context, settings.endpointUrl, process.env);
  const chat = new ChatProvider({ client, guard, counter, prices, upstream, reader, log });
  const uploads = new Uploads(daemon);
  const recent = new RecentSpending(daemon);
  const sending = { client, guard, counter, prices, upstreamProvider, reader, grants: () => grants.loaded };
  const bundle = (name: string) => context.asAbsolutePath(`dist/${name}.cjs`);
  const assets = vscode.Uri.joinPath(context.extensionUri, "dist");
  const spending = new OnDemand(() => {
    const { Spending } = loadBundle<typeof import("../editor/spending/spending.ts")>(bundle("spendingHost"));
    return new Spending({ client: daemon, recent, reader, log: warn, assets });
  });
  const preview = new OnDemand(() => {
    const { Preview } = loadBundle<typeof import("../editor/preview/preview.ts")>(bundle("previewHost"));
    return new Preview({
      ...{ client, model, thread, documents, work, upstreamProvider, reader, log: warn },
      ...{ estimateModel: settings.estimateModel, localServers: settings.localServers },
      referencesOf: (document) => promptFiles.get(document)?.state?.files ?? [],
      onDidChangeReferences: promptFiles.onDidChange,
      upstreamModels: () => chat.modelRefs(),
      send: (outgoing: Outgoing, ref) => commands().sendPrompt(outgoing, sending, ref),
      assets,
    });
  });
  const policyFiles = new PolicyFiles(daemon, context.globalState, () => policy.loaded);
  const policy = new OnDemand(() => {
    const { PolicyEditing } = loadBundle<typeof import("../editor/policy/editing.ts")>(bundle("policy"));
    return new PolicyEditing({ client: daemon, files: policyFiles, reader });
  });
  const grants = new OnDemand(() => {
    const { Grants } = loadBundle<typeof import("../editor/grants/grants.ts")>(bundle("grants"));
    return new Grants({ client: daemon, memento: context.globalState, reader, log: warn });
  });
  const copilotHint = new CopilotHint(context.globalState, daemon);
  const copilot = new OnDemand(() => {
    const { Copilot } = loadBundle<typeof import("../editor/copilot/copilot.ts")>(bundle("copilot"));
    return new Copilot({ client: daemon, context, hint: copilotHint, reader, purpose: () => work.purpose });
  });
  daemon.onAsk = (question, signal) => copilot.loaded.ask(question, signal);
  daemon.onWork = (folder) => ({ ...work.at(vscode.Uri.file(folder)), ...workspace() });
  daemon.onTell = (refusal) => copilot.loaded.tell(refusal);
  const team = new OnDemand(() => {
    const { TeamHost } = loadBundle<typeof import("../editor/team/teamHost.ts")>(bundle("teamHost"));
    return new TeamHost({ client: daemon, reader, log: warn, assets });
  });
  model.connect({ client, prices, upstreamProvider });
  return [
    daemon,
    workspaceRules,
    upstream,
    account,
    chat,
    uploads,
    preview,
    policyFiles,
    policy,
    recent,
    spending,
    team,
    grants,
    copilotHint,
    copilot,
    new WindowPlaceSync(daemon, workspaceRules, warn),
    daemon.onDidChange(() => daemon.state?.grants.length && grants.loaded.look()),
    new Meter({ client, recent, visible: settings.meterVisible, copilot: copilotHint, reader }),
    new PolicyNews(daemon, context.globalState, (before, after) => policy.loaded.changes(before, after)),
    daemon.onDidChange(() => settings.useTeams(daemon.state?.account ? daemon.state.policy.policy.settings : {})),
    new PreferencesSync(daemon, settings, warn),
    new NetworkSync(daemon, process.env, warn),
    vscode.lm.registerLanguageModelChatProvider("token-budget", chat),
    command("start", () => commands().chooseStart(), warn),
    command("setBudget", () => commands().setBudget(settings), warn),
    command("takeTravelAdvance", () => commands().takeTravelAdvance(daemon), warn),
    command("signIn", () => account.signIn(), warn),
    command("signOut", () => account.signOut(), warn),
    command("syncNow", () => daemon.refresh(), warn),
    command("showAllowances", () => commands().showAllowances(client, recent.history, reader()), warn),
    command("showSpending", () => spending.loaded.open(), warn),
    command("previewCost", (file?: vscode.Uri) => preview.loaded.open(file), warn),
    command("previewFiles", (file?: vscode.Uri, files?: vscode.Uri[]) => preview.loaded.openFiles(file, files), warn),
    command("previewClipboard", () => preview.loaded.openClipboard(), warn),
    command("sendPrompt", () => commands().sendPrompt(outgoingOf(activePrompt()), sending), warn),
    command("choosePurpose", () => commands().choosePurpose(work, client.state, reader()), warn),
    command("chooseModel", () => model.choose(reader()), warn),
    command("setUpstreamKey", () => upstream.setKey(), warn),
    command("editPolicy", () => policy.loaded.open(), warn),
    command("pushPolicy", () => policy.loaded.push(), warn),
    command("discardPolicyDraft", () => policy.loaded.discard(), warn),
    command("policyHistory", () => policy.loaded.history(), warn),
    command("askForMore", (cost?: Decimal) => grants.loaded.ask(cost), warn),
    command("showRequests", () => grants.loaded.list(), warn),
    command("guardCopilot", () => copilot.loaded.guard(), warn),
    command("unguardCopilot", () => copilot.loaded.unguard(), warn),
    command("writeTeamHook", () => copilot.loaded.writeTeamHook(), warn),
    command("hideCopilotHint", () => copilotHint.hide(), warn),
    command("showTeam", () => team.loaded.view.open(), warn),
    command("showSeenOfMe", () => team.loaded.seenOfMe.open(), warn),
    command("showUploads", () => uploads.show(), warn),
    command("showLog", () => showDaemonLog(client.link, log), warn),
  ];
}

function readerAt(now: () => number): () => Reader {
  return () => ({ t: (template, ...args) => vscode.l10n.t(template, ...args), locale: vscode.env.language, now: now() });
}

/** Its name alone, never its path; cut to what the daemon takes. */
function workspaceName(): { workspace?: string } {
  const { name } = vscode.workspace;
  return name ? { workspace: name.slice(0, 100) } : {};
}
