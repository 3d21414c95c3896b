// Somebody goes through the accounts, an admin through a round, a stranger reads a roadmap. A step fails loudly and ends the walk; each is one line of JSON on the output.
import { AuthenticatorApp, Device, Failure, check, eventually, launch, linkFrom, picture, told } from "./browser.mjs";

const OLD_PASSWORD = "a sentence that nobody has said yet";
const NEW_PASSWORD = "another one, which is as long as that";
const ADA = "ada@browser.test";
const NEW_ADA = "ada.lovelace@browser.test";
const API_PAGE = `${told.api}/api/v1/auth`;

const browser = await launch();
const tabs = [];
const laptop = await Device.of(browser);
const tab = await open(laptop);
let app, keys, recoveryCodes, desk, operatorsApp;

async function open(device, address) {
  const opened = await device.tab(address);
  tabs.push(opened);
  return opened;
}

async function act(name) {
  check((await fetch(`${told.page}/acts/${name}`, { method: "POST" })).status === 204, `no act ${name}`);
}

async function logIn(where, email, password) {
  await where.open(told.page);
  await where.mustSee("stranger");
  await where.send("login", { email, password });
}

async function logOut(where) {
  await where.press("#logout");
  await where.mustSee("stranger");
}

/** A page of ours behind a link from a mail, before and after its button; pictures of both. */
async function pageOfOurs(link, name, { button = "button", title, done, shown = "" }) {
  const ours = await open(laptop, link);
  check((await ours.text("h1")) === title, `the page says ${await ours.text("h1")}`);
  await picture(ours, `${name}-1`);
  if (shown) await ours.type("input[name=password]", shown);
  await ours.follow(button);
  check((await ours.text("h1")) === done, `after its button the page says ${await ours.text("main")}`);
  await picture(ours, `${name}-2`);
  return ours;
}

/** The question for a code in the admin: light and dark, and as narrow as a phone can be. */
async function pictures(where, name) {
  for (const scheme of ["light", "dark"]) {
    await where.page.evaluate((dark) => document.documentElement.classList.toggle("dark", dark), scheme === "dark");
    await picture(where, `${name}-${scheme}`, { narrow: { width: 320, height: 640 } });
  }
}

/** The field for the code is empty, has the focus, and is described by what can be read. */
async function mustAskForCode(where) {
  await where.page.bringToFront();
  await eventually("an empty field for the code with the focus", async () => {
    const [value, focus, labels, described] = await where.page.$eval("[name=proof_code]", (field) => [
      field.value,
      document.activeElement.id,
      [...field.labels].map((label) => label.innerText),
      field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id)?.innerText.trim()),
    ]);
    if (value === "" && focus === "id_proof_code" && labels.length === 1 && described.every(Boolean)) return true;
    throw new Failure(JSON.stringify([value, focus, labels, described]));
  });
}

const steps = {
  async "sign up"() {
    await tab.mustSee("stranger");
    await tab.send("signup", { display_name: "Ada", email: ADA, password: "short" });
    await tab.mustSay("password");
    await tab.send("signup", { display_name: "Ada", email: ADA, password: OLD_PASSWORD });
    await tab.mustSay("Open the link");
  },

  async "log in before the address is confirmed: told to confirm it"() {
    await tab.send("login", { email: ADA, password: OLD_PASSWORD });
    await tab.mustSay("email_not_confirmed");
  },

  async "confirmation: the link from the mail, and the password of the sign-up, not another"() {
    const link = await linkFrom(ADA, "Confirm your e-mail address");
    const ours = await open(laptop, link);
    await ours.type("input[name=password]", NEW_PASSWORD);
    await ours.follow("button");
    await picture(ours, "confirm-refused");
    check((await ours.text("[role=alert]")).includes("another password"), await ours.text("main"));
    await ours.page.close();
    const words = { title: "Confirm your address", done: "Your address is confirmed", shown: OLD_PASSWORD };
    await (await pageOfOurs(link, "confirm", words)).page.close();
    const damaged = await open(laptop, link.slice(0, -3));
    await damaged.type("input[name=password]", OLD_PASSWORD);
    await damaged.follow("button");
    await picture(damaged, "confirm-damaged");
    check(!(await damaged.page.$("form")), "a damaged link shows its button again");
    await damaged.page.close();
  },

  async "log in: the wrong password, then the right one"() {
    await tab.send("login", { email: ADA, password: NEW_PASSWORD });
    await tab.mustSay("invalid_credentials");
    await tab.send("login", { email: ADA, password: OLD_PASSWORD });
    await tab.mustSee("account");
    check((await tab.text("#email")) === ADA, "somebody else is logged in");
  },

  async "the refresh token: in an HttpOnly cookie, seen by no script, kept nowhere else"() {
    const kept = (await laptop.cookies()).find((cookie) => cookie.name === "refresh");
    check(kept?.httpOnly && kept.sameSite === "Strict" && kept.path === "/api/v1/auth/", JSON.stringify(kept));
    // A page that the browser does send the cookie to: were it not HttpOnly, it would show here.
    const ours = await open(laptop, `${API_PAGE}/confirm-email/?token=x`);
    check((await ours.page.evaluate(() => document.cookie)) === "", "a script reads a cookie");
    await ours.page.close();
    const stored = await tab.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    check(stored === "[{},{}]", `the page stored ${stored}`);
  },

  async "the access token ends: refreshed by cookie, the request repeated, once for six requests"() {
    const from = tab.requests.length;
    await tab.breakAccessToken();
    await tab.press("#look-again");
    await tab.mustSee("account");
    check(tab.count("GET users/me/ 401", from) === 1, "the broken token was not refused");
    check(tab.count("GET users/me/ 200", from) === 1, "the request was not repeated");
    check(tab.count("POST auth/refresh/ 200", from) === 1, `refreshed other than once: ${tab.requests.slice(from)}`);
  },

  async "the CSRF cookie is gone: the token is asked for again"() {
    const from = tab.requests.length;
    await laptop.forget("csrftoken");
    await tab.breakAccessToken();
    await tab.press("#look-again");
    await tab.mustSee("account");
    check(tab.count("POST auth/refresh/ 403", from) === 1, `it was not refused: ${tab.requests.slice(from)}`);
    check(tab.count("POST auth/refresh/ 200", from) === 1, `it was not sent again: ${tab.requests.slice(from)}`);
  },

  async "a write with If-Match, from another origin"() {
    await tab.send("change-headline", { headline: "Counts on engines" });
    await tab.mustSay("");
    check(tab.count("PATCH users/me/ 200") === 1, "it was not sent");
    const shown = await tab.page.$eval("#change-headline [name=headline]", (input) => input.placeholder);
    check(shown === "Counts on engines", `the headline is ${shown}`);
  },

  async "the page is loaded anew: still logged in"() {
    await tab.open(told.page);
    await tab.mustSee("account");
  },

  async "two tabs refresh at the same moment, five times: both stay logged in"() {
    const other = await open(laptop);
    for (let round = 0; round < 5; round++) {
      for (const each of [tab, other]) await each.breakAccessToken();
      await Promise.all([tab.press("#look-again"), other.press("#look-again")]);
      for (const each of [tab, other]) await each.mustSee("account");
    }
    await Promise.all([tab.open(told.page), other.open(told.page)]);
    for (const each of [tab, other]) {
      await each.mustSee("account");
      check(each.count("POST auth/refresh/ 200") >= 5, `${each.requests}`);
      check(each.count("POST auth/refresh/ 401") === 0, "a refresh was refused");
    }
    await other.page.close();
  },

  async "an authenticator app: the QR code is scanned, its first code confirms, ten recovery codes"() {
    await tab.press("#add-app");
    const uri = await tab.scan("#qr-code");
    check(uri.startsWith("otpauth://totp/SkillBridge:"), `the QR code says ${uri}`);
    app = new AuthenticatorApp(uri);
    await tab.send("confirm-app", { code: "000000" });
    await tab.mustSay("not the app's present code");
    await tab.send("confirm-app", { code: await app.code() });
    await tab.mustSay("");
    recoveryCodes = await tab.lines("recovery-codes");
    check(new Set(recoveryCodes).size === 10, `${recoveryCodes.length} recovery codes`);
    check((await tab.lines("factors")).includes("Authenticator app"), "the app is not listed");
  },

  async "log out; the page loaded anew stays logged out"() {
    await logOut(tab);
    await tab.open(told.page);
    await tab.mustSee("stranger");
    check(!(await laptop.cookies()).some((cookie) => cookie.name === "refresh"), "the cookie is still there");
  },

  async "log in: a second factor is asked for; a wrong code, then the app's"() {
    await logIn(tab, ADA, OLD_PASSWORD);
    await tab.mustSee("proof");
    await tab.send("by-code", { code: "000000" });
    await tab.mustSay("second_factor_invalid");
    await tab.send("by-code", { code: await app.code() });
    await tab.mustSee("account");
  },

  async "a passkey is made"() {
    keys = await tab.withPasskeys();
    await tab.press("#add-passkey");
    await tab.mustSay("");
    const [made, ...others] = await keys.credentials();
    check(made?.isResidentCredential && made.rpId === "localhost" && !others.length, "the authenticator has no passkey");
    check((await tab.lines("factors")).includes("Passkey Laptop"), "the passkey is not listed");
  },

  async "log in with the passkey alone"() {
    await logOut(tab);
    await tab.press("#login-with-passkey");
    await tab.mustSee("account");
    check((await tab.text("#email")) === ADA, "somebody else is logged in");
  },

  async "log in with the password and the passkey"() {
    await logOut(tab);
    await logIn(tab, ADA, OLD_PASSWORD);
    await tab.press("#by-passkey");
    await tab.mustSee("account");
  },

  async "a recovery code works once, and not twice"() {
    await logOut(tab);
    await logIn(tab, ADA, OLD_PASSWORD);
    await tab.send("by-recovery-code", { recovery_code: recoveryCodes[0].toUpperCase() });
    await tab.mustSee("account");
    check((await tab.lines("factors")).includes("9 recovery codes"), `${await tab.lines("factors")}`);
    await logOut(tab);
    await logIn(tab, ADA, OLD_PASSWORD);
    await tab.send("by-recovery-code", { recovery_code: recoveryCodes[0] });
    await tab.mustSay("second_factor_invalid");
    await tab.press("#by-passkey");
    await tab.mustSee("account");
  },

  async "eleven minutes later a personal token needs a new proof; it is shown once, and works"() {
    await act("age-proofs");
    await tab.send("make-token", { name: "Timer" });
    await tab.mustSee("proof");
    check(tab.count("POST auth/tokens/ 403") === 1, "no proof was asked for");
    await tab.press("#by-passkey");
    await tab.mustSee("account");
    const token = await tab.text("#made-token");
    const listed = (await tab.lines("tokens"))[0];
    check(listed?.startsWith("Timer sb_pat_") && !listed.includes(token), `the list shows ${listed}`);
    const asScript = { headers: { Authorization: `Bearer ${token}` } };
    check((await fetch(`${told.api}/api/v1/progress/stats/`, asScript)).status === 200, "the token does not work");
    check((await fetch(`${told.api}/api/v1/auth/tokens/`, asScript)).status === 403, "the token reads the account");
    await tab.open(told.page);
    check(!(await tab.page.content()).includes(token), "the token is shown again");
  },

  async "sessions: this one is marked; all others are ended, and the other device is logged out"() {
    const phone = await open(await Device.of(browser));
    await logIn(phone, ADA, OLD_PASSWORD);
    await phone.send("by-recovery-code", { recovery_code: recoveryCodes[1] });
    await phone.mustSee("account");
    await tab.press("#look-again");
    const sessions = await tab.lines("sessions");
    check(sessions.length === 2, `${sessions.length} sessions are listed`);
    check(sessions.filter((each) => /Chrome on \w+ \(this one\)$/.test(each)).length === 1, `${sessions}`);
    check(sessions[1].endsWith("(this one)"), "the newest session is not the first");
    await tab.press("#end-others");
    check((await tab.lines("sessions")).length === 1, "a session is left");
    await phone.press("#look-again");
    await phone.mustSee("stranger");
    await phone.open(told.page);
    await phone.mustSee("stranger");
    await tab.press("#look-again");
    await tab.mustSee("account");
    await phone.page.close();
  },

  async "a new password: the page from the mail refuses a common one, takes a good one, and ends all logins"() {
    await logOut(tab);
    await tab.send("forgot", { email: ADA });
    await tab.mustSay("a mail is on its way");
    const link = await linkFrom(ADA, "Choose a new password");
    const ours = await open(laptop, link);
    await ours.type("input[name=password]", "123456789123456789");
    await ours.follow("button");
    await picture(ours, "reset-refused");
    check((await ours.text("[role=alert]")).includes("common"), await ours.text("main"));
    await ours.page.close();
    const words = { title: "Choose a new password", done: "Your password is changed", shown: NEW_PASSWORD };
    await (await pageOfOurs(link, "reset", words)).page.close();
    await tab.send("login", { email: ADA, password: OLD_PASSWORD });
    await tab.mustSay("invalid_credentials");
    await logIn(tab, ADA, NEW_PASSWORD);
    await tab.press("#by-passkey");
    await tab.mustSee("account");
  },

  async "GitHub: a new account, by way of its page"() {
    const mona = await open(await Device.of(browser));
    await mona.follow('::-p-xpath(//button[.="With GitHub"])');
    await mona.follow("#no");
    await mona.settled();
    await mona.mustSay("provider_denied");
    await mona.follow('::-p-xpath(//button[.="With GitHub"])');
    await mona.follow("#yes");
    await mona.settled();
    await mona.mustSee("account");
    check((await mona.text("#email")) === "mona@example.org", "somebody else is logged in");
    check((await mona.text("#is-new")) === "(new here)", "the account is not new");
    check(!mona.page.url().includes("ticket"), "the ticket stays in the address");
    await logOut(mona);
    await mona.follow('::-p-xpath(//button[.="With GitHub"])');
    await mona.follow("#yes");
    await mona.settled();
    await mona.mustSee("account");
    check((await mona.text("#is-new")) === "", "the account is new again");
    await mona.page.close();
  },

  async "an OpenID provider: a new account"() {
    const jane = await open(await Device.of(browser));
    await jane.follow('::-p-xpath(//button[.="With Campus"])');
    await jane.follow("#yes");
    await jane.settled();
    await jane.mustSee("account");
    check((await jane.text("#email")) === "jane@example.org", "somebody else is logged in");
    check((await jane.text("#is-new")) === "(new here)", "the account is not new");
    await jane.page.close();
  },

  async "Apple: an answer that its site posts, without the cookie, and the name that is in it"() {
    await act("take-apple");
    const jane = await open(await Device.of(browser));
    await jane.follow('::-p-xpath(//button[.="With Apple"])');
    await jane.follow("#yes");
    await jane.settled();
    await jane.mustSee("account");
    check((await jane.text("#email")) === "jane@privaterelay.appleid.com", "somebody else is logged in");
    check((await jane.text("#name")) === "Jane Appleseed", "the name of the first time is lost");
    check((await jane.text("#is-new")) === "(new here)", "the account is not new");
    await jane.page.close();
  },

  async "linked to an account that exists: then it logs in there, and the second factor is asked for"() {
    await act("become-ada");
    await tab.follow('::-p-xpath(//button[.="Link GitHub"])');
    await tab.follow("#yes");
    await tab.settled();
    check((await tab.lines("links")).includes("github: ada-l"), `linked are ${await tab.lines("links")}`);
    await logOut(tab);
    await tab.follow('::-p-xpath(//button[.="With GitHub"])');
    await tab.follow("#yes");
    await tab.settled();
    await tab.mustSee("proof");
    await tab.press("#by-passkey");
    await tab.mustSee("account");
    check((await tab.text("#email")) === ADA, "somebody else is logged in");
  },

  async "a way back from a provider that was not begun in this browser is refused by a page of ours"() {
    const fooled = await open(await Device.of(browser), `${API_PAGE}/providers/github/callback/?code=x&state=y`);
    await picture(fooled, "provider-refused");
    check((await fooled.text("h1")) !== "", "the page is empty");
    await fooled.page.close();
  },

  async "another address: a mail there, a page, its button; the account has it"() {
    await tab.send("change-email", { email: NEW_ADA });
    await tab.mustSay("Open the link");
    const link = await linkFrom(NEW_ADA, "Use this address");
    const words = { title: "Use this address", done: "Your address has changed" };
    await (await pageOfOurs(link, "new-address", words)).page.close();
    await tab.press("#look-again");
    check((await tab.text("#email")) === NEW_ADA, "the account has its old address");
    const again = await open(laptop, link);
    await again.follow("button");
    await picture(again, "new-address-over");
    await again.page.close();
  },

  async "undone from the old mailbox: the old address, nobody logged in, no password, no new factors"() {
    const link = await linkFrom(ADA, "The address of your account was changed");
    const words = { title: "It was not me", done: "Your account has its old address again" };
    await (await pageOfOurs(link, "stop", words)).page.close();
    await tab.press("#look-again");
    await tab.mustSee("stranger");
    await tab.send("login", { email: ADA, password: NEW_PASSWORD });
    await tab.mustSay("invalid_credentials");
    const ours = await open(laptop, await linkFrom(ADA, "Your account has this address again"));
    await ours.type("input[name=password]", OLD_PASSWORD);
    await ours.follow("button");
    check((await ours.text("h1")) === "Your password is changed", await ours.text("main"));
    await ours.page.close();
    await logIn(tab, ADA, OLD_PASSWORD);
    await tab.mustSee("account");
    check((await tab.text("#email")) === ADA, "the address is another one");
    check((await tab.lines("factors")).join() === "0 recovery codes", `factors: ${await tab.lines("factors")}`);
    check((await tab.lines("tokens")).length === 0 && (await tab.lines("links")).length === 0, "something is left");
  },

  async "a change that is stopped before it is made"() {
    await tab.send("change-email", { email: "a.lovelace@browser.test" });
    await tab.mustSay("Open the link");
    const link = await linkFrom(ADA, "Another address was asked for", { count: 2 });
    const words = { title: "It was not me", done: "Your address stays as it is" };
    await (await pageOfOurs(link, "stop-early", words)).page.close();
    await tab.press("#look-again");
    await tab.mustSee("account");
  },

  async "leave, and keep the account by the page from the mail"() {
    await tab.send("leave", { password: OLD_PASSWORD });
    await tab.mustSay("will be erased");
    const link = await linkFrom(ADA, "will be erased in two weeks");
    const words = { title: "Keep your account", done: "Your account stays" };
    await (await pageOfOurs(link, "keep", words)).page.close();
    await logIn(tab, ADA, OLD_PASSWORD);
    await tab.mustSee("account");
  },

  async "a learner says what she wants, and an admin starts a round with its aims"() {
    await act("import-mentors");
    await tab.page.evaluate(() =>
      window.api.call("PATCH", "users/me/", {
        is_seeking_mentoring: true,
        languages: ["en"],
        wanted_skills: [{ skill: "python", level: 3 }],
      }),
    );
    desk = await open(await Device.of(browser), `${told.admin}/admin/`);
    await desk.type("input[name=username]", told.operator.email);
    await desk.type("input[name=password]", told.operator.password);
    operatorsApp = new AuthenticatorApp(told.operator.app);
    await desk.type("input[name=code]", await operatorsApp.code());
    await desk.follow("button[type=submit]");
    await desk.open(`${told.admin}/admin/matches/matchround/`);
    await picture(desk, "rounds");
    await desk.follow('::-p-xpath(//a[normalize-space(.)="Start a round"])');
    await picture(desk, "round-start");
    await desk.type("input[name=weekly_priority]", "5000");
    check(!(await desk.page.$eval("form input[name=weekly_priority]", (field) => field.checkValidity())), "5,000 passed");
    await desk.type("input[name=weekly_priority]", "20");
    await desk.click("input[name=is_fair]");
    await desk.follow('::-p-xpath(//button[.="Start"])');
  },

  async "eleven minutes later a change in the admin needs a code, and loses nothing that was typed"() {
    await act("age-proofs");
    await desk.open(`${told.admin}/admin/users/user/?q=${ADA}`);
    await desk.follow("#result_list a[href*='/change/']");
    await desk.type("input[name=display_name]", "Ada, Countess of Lovelace");
    await desk.follow("[name=_save]");
    check((await desk.text("h1")).includes("Still you?"), await desk.text("body"));
    await pictures(desk, "admin-proof");
    await mustAskForCode(desk);
    await desk.type("[name=proof_code]", "000000");
    await desk.follow("#proof-form [type=submit]");
    check((await desk.text("#id_proof_code_error")).includes("not right"), await desk.text("body"));
    await pictures(desk, "admin-proof-wrong");
    await mustAskForCode(desk);
    await desk.type("[name=proof_code]", await operatorsApp.code());
    await desk.follow("#proof-form [type=submit]");
    check((await desk.text("body")).includes("was changed successfully"), await desk.text("body"));
    await tab.press("#look-again");
    check((await tab.page.content()).includes("Ada, Countess of Lovelace"), "the change is not made");
    await desk.open(`${told.admin}/admin/matches/matchround/`);
    await desk.follow("#result_list a[href*='/change/']");
  },

  async "the round's page shows what came of it, and applied it is told to the learner"() {
    await eventually("the answer of the round", async () => {
      await desk.page.reload({ waitUntil: "load" });
      return (await desk.text("body")).includes("1 of 1 learners");
    });
    const page = await desk.text("body");
    check(page.includes("fair; 20 points for each week of waiting"), page);
    await picture(desk, "round");
    await desk.follow('::-p-xpath(//button[starts-with(., "Apply")])');
    await picture(desk, "round-apply");
    await desk.follow('::-p-xpath(//button[.="Apply"])');
    check((await desk.text("body")).includes("The round is applied."), await desk.text("body"));
    check((await desk.text("body")).includes("1 proposed, 0 left out"), await desk.text("body"));
    const link = await linkFrom(ADA, "We found a mentor for you");
    check(link.includes("/notifications/"), link);
    await desk.page.close();
  },

  async "she shares a roadmap by a link, and a stranger reads it, also without JavaScript"() {
    const call = (...what) => tab.page.evaluate((...given) => window.api.call(...given), ...what);
    const wish = { goal: "Become a data scientist", hours_per_week: 6, weeks: 40 };
    const { links } = await call("POST", "roadmaps/", wish);
    const roadmap = links.roadmap.slice("/api/v1/".length);
    await eventually("the roadmap", async () => (await call("GET", roadmap)).status === "ready");
    await call("PATCH", roadmap, { visibility: "unlisted" });
    const link = await call("POST", `${roadmap}links/`, {});
    const stranger = await open(await Device.of(browser), link.page);
    await picture(stranger, "roadmap-shared");
    check(await stranger.page.$("main svg"), "nothing is drawn");
    const shown = await stranger.text("main");
    await stranger.page.setJavaScriptEnabled(false);
    await stranger.page.reload({ waitUntil: "load" });
    check((await stranger.text("main")) === shown, "without JavaScript it says something else");
    await call("DELETE", `${roadmap}links/${link.id}/`);
    check((await stranger.page.reload()).status() === 404, "a link that was taken back still opens it");
    await picture(stranger, "roadmap-gone");
    await stranger.page.close();
  },

  async "no page had an error, and none was kept from something by CORS or its own policy"() {
    const faults = tabs.flatMap((each) => each.faults);
    check(faults.length === 0, faults.join("\n"));
  },
};

let failed = false;
for (const [name, step] of Object.entries(steps)) {
  const began = Date.now();
  const line = { name };
  try {
    await step();
  } catch (problem) {
    failed = true;
    line.failure = problem instanceof Failure ? problem.message : problem.stack;
    const faults = tabs.flatMap((each) => each.faults);
    if (faults.length) line.failure += `\nIn the pages: ${faults.join("\n")}`;
    line.failure += `\nThe last requests: ${tab.requests.slice(-8).join(", ")}`;
    const last = tabs.findLast((each) => !each.page.isClosed());
    await last.page.screenshot({ path: `${told.pictures}/failed.png`, fullPage: true }).catch(() => {});
  }
  line.seconds = (Date.now() - began) / 1000;
  console.log(JSON.stringify(line));
  if (failed) break;
}
await browser.close();
process.exitCode = failed ? 1 : 0;
