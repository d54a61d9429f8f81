import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licence texts of the packages that these bundled files come from, as their licences ask for. */
export function licenseNotices(files: readonly string[]): string {
  const folders = files.flatMap((file) => {
    const match = /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(file);
    return match === null ? [] : [match[0]];
  });
  const notices = [...new Set(folders)].sort().map(noticeOf);
  return `The bundled files of this folder contain code of these packages.\n\n${notices.join("\n\n")}\n`;
}

function noticeOf(folder: string): string {
  // npm wrote it; name, version and license are what every manifest has.
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    "name" | "version" | "license",
    string
  >;
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text =
    file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}`;
}
