// Chromium, the mailbox and the authenticator app of the person who walks. What is walked is in walk.mjs.
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import jsQR from "jsqr";
import puppeteer from "puppeteer-core";

export const told = JSON.parse(process.env.WALK);
const PATIENCE_MS = 20_000;

export class Failure extends Error {}

export function check(holds, what) {
  if (!holds) throw new Failure(what);
}

/** What `look` finds, asked for until it is there. */
export async function eventually(what, look) {
  const until = Date.now() + PATIENCE_MS;
  let last;
  while (Date.now() < until) {
    const found = await look().catch((problem) => void (last = problem));
    if (found) return found;
    await sleep(100);
  }
  throw new Failure(`${what} did not come${last ? `: ${last.message}` : ""}`);
}

async function programs() {
  if (told.chromium) return told.chromium;
  // Without this word the package leaves out the libraries that a bare machine lacks.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs20.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  // Its own settings look for its fonts in /tmp alone, and the machine may have none.
  const fonts = join(tmpdir(), "fonts.conf");
  writeFileSync(
    fonts,
    `<fontconfig><dir>${join(tmpdir(), "fonts")}</dir><cachedir>${join(tmpdir(), "fonts-cache")}</cachedir></fontconfig>`,
  );
  process.env.FONTCONFIG_FILE = fonts;
  // Not its `args`: among them is --disable-web-security, with which no CORS and no cookie would be tried.
  return await chromium.executablePath();
}

export async function launch() {
  return await puppeteer.launch({
    executablePath: await programs(),
    headless: "shell",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
  });
}

/** A device: its own cookies. */
export class Device {
  constructor(context) {
    this.context = context;
  }

  static async of(browser) {
    return new Device(await browser.createBrowserContext());
  }

  async tab(address = told.page) {
    const tab = new Tab(await this.context.newPage());
    await tab.open(address);
    return tab;
  }

  async cookies() {
    return await this.context.cookies();
  }

  async forget(name) {
    await this.context.deleteCookie(...(await this.cookies()).filter((cookie) => cookie.name === name));
  }
}

/** One tab, with what went wrong in it and what it asked of the API. */
export class Tab {
  faults = [];
  requests = [];

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy|CORS|Mixed Content/.test(message.text())) this.faults.push(message.text());
    });
    page.on("response", (answer) => {
      if (answer.url().startsWith(told.api) && answer.request().method() !== "OPTIONS") {
        const path = answer.url().slice(told.api.length + "/api/v1/".length);
        this.requests.push(`${answer.request().method()} ${path} ${answer.status()}`);
      }
    });
  }

  async open(address) {
    await this.page.goto(address, { waitUntil: "load" });
    if (address.startsWith(told.page)) await this.settled();
  }

  /** The client has read the page's address and stopped working. */
  async settled() {
    await this.page.waitForSelector("body[data-opened]:not([data-busy])");
  }

  async click(selector) {
    await this.page.locator(selector).click();
  }

  /** A click after which the client is at rest again. */
  async press(selector) {
    await this.click(selector);
    await this.settled();
  }

  /** A click that leads to another page; the new one has been loaded. */
  async follow(selector) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.click(selector)]);
  }

  /** Types into the fields of a form and sends it. */
  async send(form, fields) {
    for (const [name, value] of Object.entries(fields)) {
      await this.type(`#${form} [name=${name}]`, value);
    }
    await this.press(`#${form} button`);
  }

  async type(selector, value) {
    await eventually(`the value of ${selector}`, async () => {
      await this.page.locator(selector).fill(value);
      return (await this.page.$eval(selector, (input) => input.value)) === value;
    });
  }

  async text(selector) {
    return await this.page.$eval(selector, (element) => element.innerText.trim());
  }

  async lines(id) {
    return await this.page.$$eval(`#${id} li`, (items) => items.map((item) => item.textContent));
  }

  async sees(id) {
    return await this.page.$eval(`#${id}`, (section) => !section.hidden);
  }

  /** Fails with what the client says when another part of it is shown. */
  async mustSee(id) {
    if (!(await this.sees(id))) throw new Failure(`not at #${id}; the page says: ${await this.text("main")}`);
  }

  async mustSay(words) {
    const said = await this.text("#message");
    check(said.includes(words), `it says ${JSON.stringify(said)}, not ${words}`);
  }

  /** The next request finds its access token at its end. */
  async breakAccessToken() {
    await this.page.evaluate(() => window.api.spoil());
  }

  /** How often it asked for this since `from`. */
  count(request, from = 0) {
    return this.requests.slice(from).filter((each) => each === request).length;
  }

  async withPasskeys() {
    const session = await this.page.createCDPSession();
    await session.send("WebAuthn.enable");
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return { credentials: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials };
  }

  /** What a phone's camera reads in a picture of this page. */
  async scan(selector) {
    const { pixels, width, height } = await this.page.$eval(selector, async (image) => {
      await image.decode();
      const side = 600;
      const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
      const drawing = canvas.getContext("2d");
      drawing.drawImage(image, 0, 0, side, side);
      return { pixels: [...drawing.getImageData(0, 0, side, side).data], width: side, height: side };
    });
    const found = jsQR(Uint8ClampedArray.from(pixels), width, height);
    check(found, `there is no QR code in ${selector}`);
    return found.data;
  }
}

/** The link in the newest mail to this address whose subject has these words, once there are `count` of them. */
export async function linkFrom(address, subject, { count = 1 } = {}) {
  const mail = await eventually(`the mail "${subject}" to ${address}`, async () => {
    const answer = await fetch(`${told.mailbox}/messages.json?to=${encodeURIComponent(address)}`);
    const mails = (await answer.json()).filter((each) => each.subject.includes(subject));
    return mails.length >= count && mails[0];
  });
  const link = mail.text.match(/https?:\/\/\S+/);
  check(link, `there is no link in the mail "${subject}"`);
  return link[0];
}

/** An authenticator app (TOTP, RFC 6238) that shows no code twice. */
export class AuthenticatorApp {
  #key;
  #shown = 0;

  constructor(uri) {
    const secret = new URL(uri).searchParams.get("secret");
    const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
    this.#key = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  }

  /** The next code, with time enough left to type it. */
  async code() {
    while (this.#step() <= this.#shown || (Date.now() / 1000) % 30 > 26) await sleep(100);
    this.#shown = this.#step();
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.#shown));
    const digest = createHmac("sha1", this.#key).update(counter).digest();
    const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }

  #step() {
    return Math.floor(Date.now() / 30_000);
  }
}

// Not as `isMobile`: puppeteer would load the page again for it, and send its form again.
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

/** How a page looks on a phone, on a desktop and at other sizes; nothing may stick out of it at the side. */
export async function picture(tab, name, others = {}) {
  for (const [device, viewport] of Object.entries({ ...SIZES, ...others })) {
    await tab.page.setViewport(viewport);
    const over = await tab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, `${name} is ${over} pixels too wide for a ${device}`);
    await tab.page.screenshot({ path: `${told.pictures}/${name}-${device}.png` });
  }
  await tab.page.setViewport(SIZES.desktop);
}
