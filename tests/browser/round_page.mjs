// node round_page.mjs PAGE FOLDER: pictures of a round's page that a test has written (ROUND_PAGE=PAGE
// pytest tests/journeys/test_round_of_real_mentors.py), on a desktop and a phone, light and dark.
import { pathToFileURL } from "node:url";

process.env.WALK ??= JSON.stringify({ chromium: process.env.CHROMIUM ?? "" });
const { launch } = await import("./browser.mjs");
const [page, folder] = process.argv.slice(2);
const browser = await launch();
for (const [name, width] of [["desktop", 1440], ["phone", 390]]) {
  for (const scheme of ["light", "dark"]) {
    const tab = await browser.newPage();
    await tab.setViewport({ width, height: 900 });
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await tab.goto(pathToFileURL(page).href, { waitUntil: "load" });
    await tab.evaluate((dark) => document.documentElement.classList.toggle("dark", dark), scheme === "dark");
    await tab.screenshot({ path: `${folder}/round-${name}-${scheme}.png`, fullPage: true });
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) throw new Error(`${name}: the page is ${wide} pixels wide, the window ${width}`);
    await tab.close();
  }
}
await browser.close();
