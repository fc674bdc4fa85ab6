/** What the exit codes of `homeostat` mean; `--help` and the README say the same. */
export const exitCode = {
  /** the run ended at its time or on request, every required server served, every kill was recovered, the tour was shown */
  ok: 0,
  /** something did not serve at the end, a kill was not made or not recovered, a part of the tour was not shown, or processes were left */
  notServing: 1,
  /** wrong use of the command line, or a configuration that cannot be used; nothing was started */
  usage: 2,
  /** another run owns the run directory; nothing was started */
  directoryInUse: 3,
  /** a second Ctrl-C killed what was left */
  killed: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export const exitCodeHelp = `
Exit codes:
  0    the run ended at its time or on request; all required servers served, every kill was recovered,
       everything of the tour was shown
  1    a required server did not serve at the end, a kill was not made or not recovered, a part of
       the tour was not shown, or a process was left
  2    wrong use or configuration; nothing was started
  3    another run owns the run directory; nothing was started
  130  a second Ctrl-C killed what was left`;
