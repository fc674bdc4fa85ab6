/** The oldest Node.js that runs homeostat; @see package.json, `engines`. */
const oldest = [22, 18] as const;

/** What is wrong with running on this version, such as `20.20.2`; `null`: nothing. */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  return isEnough ? null : `homeostat needs Node.js ${oldest.join(".")} or newer, and this is ${version}`;
}
