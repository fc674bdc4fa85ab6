/** The page: what is where. */
import type { ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { CommandBox } from "./dialogs/command-box.tsx";
import { Help } from "./dialogs/help.tsx";
import { SendDialog } from "./dialogs/send.tsx";
import { usePage, useUi } from "./page.ts";
import { ActorCard } from "./panels/actor-card.tsx";
import { ActorTree } from "./panels/actor-tree.tsx";
import { ChartPanel } from "./panels/chart-panel.tsx";
import { CoveragePanel } from "./panels/coverage-panel.tsx";
import { Inbox } from "./panels/inbox.tsx";
import { LogPanel } from "./panels/log-panel.tsx";
import { SequencePanel } from "./panels/sequence-panel.tsx";
import { SourcePanel } from "./panels/source-panel.tsx";
import { SupervisionPanel } from "./panels/supervision-panel.tsx";
import { TimeStrip } from "./panels/time-strip.tsx";
import { TimelinePanel } from "./panels/timeline-panel.tsx";
import { TopBar } from "./panels/top-bar.tsx";
import { type Tab as TabId, tabs } from "./ui.ts";
import { Announcer } from "./widgets/announcer.tsx";

export function App(): ReactNode {
  const page = usePage();
  const { tab, dialog } = useUi();
  return (
    <div className="app">
      <TopBar />
      <TimeStrip />
      <ActorTree />
      <main className="centre" aria-label="Pictures">
        <Tabs selectedKey={tab} onSelectionChange={(key) => page.openTab(key as TabId)} className="tabs">
          <TabList aria-label="Views" className="tab-list">
            {tabs.map(({ id, title }) => (
              <Tab key={id} id={id} className="tab">
                {title}
              </Tab>
            ))}
          </TabList>
          {tabs.map(({ id }) => (
            <TabPanel key={id} id={id} className="tab-panel">
              <Picture tab={id} />
            </TabPanel>
          ))}
        </Tabs>
      </main>
      <ActorCard />
      <LogPanel />
      <Inbox />
      <Announcer />
      {dialog === "help" && <Help />}
      {dialog === "commands" && <CommandBox />}
      {dialog === "send" && <SendDialog />}
    </div>
  );
}

function Picture({ tab }: { readonly tab: TabId }): ReactNode {
  switch (tab) {
    case "both":
      return (
        <div className="both">
          <ChartPanel />
          <SequencePanel />
        </div>
      );
    case "chart":
      return <ChartPanel />;
    case "sequence":
      return <SequencePanel />;
    case "timeline":
      return <TimelinePanel />;
    case "coverage":
      return <CoveragePanel />;
    case "supervision":
      return <SupervisionPanel />;
    case "source":
      return <SourcePanel />;
  }
}
