/** The page's entry. */
import { createRoot } from "react-dom/client";
import { webEnv } from "../base/web-env.ts";
import { App } from "./app.tsx";
import { applyStoredTheme } from "./ui/theme.ts";

applyStoredTheme(window);
const place = document.getElementById("board");
if (place === null) throw new Error("index.html has no place for the board");
createRoot(place).render(<App env={webEnv()} />);
