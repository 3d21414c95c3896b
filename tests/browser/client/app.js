// A page on which somebody looks after their account. What it knows of the API is in api.js.
import { startAuthentication, startRegistration } from "/lib/simplewebauthn/index.js";
import { Api } from "/api.js";

const { api: root } = await (await fetch("/config.json")).json();
const api = new Api(root);
window.api = api; // the walk breaks its access token
const $ = (id) => document.getElementById(id);
const inCookie = { refresh_in: "cookie" };

function say(text) {
  $("message").textContent = text;
}

function show(...ids) {
  for (const section of document.querySelectorAll("section")) section.hidden = !ids.includes(section.id);
}

function list(id, lines) {
  $(id).replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
  );
}

function button(text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", () => attempt(act));
  return made;
}

let working = 0;

function work(by) {
  working += by;
  document.body.toggleAttribute("data-busy", working > 0);
}

/** Do it, and say what is wrong with it. */
async function attempt(act) {
  work(+1);
  try {
    await act();
  } catch (problem) {
    say(`${problem.code ?? problem.name}: ${problem.message}`);
    if (problem.status === undefined) console.warn(problem.stack);
    if (!api.isLoggedIn && $("proof").hidden) show("stranger");
  } finally {
    work(-1);
  }
}

/** `act` with what is in the form, which is emptied. */
function onSubmit(id, act) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData($(id)));
    $(id).reset();
    say("");
    return attempt(() => act(given));
  });
}

function onClick(id, act) {
  $(id).addEventListener("click", () => {
    say("");
    return attempt(act);
  });
}

// --- a proof: the second step of a login, or before what is dangerous ---

let asked = null;

/** Ask the person for what `question` wants; `answer` gets the ticket and a factor. */
function askForProof(question, answer) {
  return new Promise((resolve, reject) => {
    asked = { question, answer, resolve, reject };
    for (const factor of ["code", "recovery_code", "password", "passkey"])
      $(`by-${factor.replace("_", "-")}`).hidden = !question.factors.includes(factor);
    show("proof");
    work(-1); // it is the person's turn
  });
}

async function prove(factor) {
  const { question, answer, resolve } = asked;
  const answered = await answer({ ticket: question.ticket, ...factor }); // where it is refused one may try again
  asked = null;
  work(+1);
  resolve(answered);
}

onSubmit("by-code", prove);
onSubmit("by-recovery-code", prove);
onSubmit("by-password", prove);
onClick("by-passkey", async () => {
  // The options are inside of `publicKey`, as navigator.credentials takes them; libraries take what is inside.
  const optionsJSON = asked.question.passkey_options.publicKey;
  await prove({ passkey: await startAuthentication({ optionsJSON }) });
});
onClick("give-up", async () => {
  work(+1);
  asked.reject(new Error("given up"));
  asked = null;
  await (api.isLoggedIn ? showAccount() : showStranger());
});

/** Tokens, by way of a second factor where there is one. */
async function logIn(begin) {
  let tokens;
  try {
    tokens = await begin();
  } catch (problem) {
    if (problem.code !== "second_factor_required") throw problem;
    const finish = (shown) => api.call("POST", "auth/login/second-factor/", { ...shown, ...inCookie });
    tokens = await askForProof(problem.document, finish);
  }
  api.take(tokens);
  $("is-new").textContent = tokens.is_new ? "(new here)" : "";
  await showAccount();
}

/** The answer, by way of a proof where the last one is older than ten minutes. */
async function withProof(act) {
  try {
    return await act();
  } catch (problem) {
    if (problem.code !== "step_up_required") throw problem;
  }
  const question = await api.call("POST", "auth/step-up/");
  await askForProof(question, (shown) => api.call("POST", "auth/step-up/confirm/", shown));
  show("account");
  return await act();
}

// --- strangers ---

async function showStranger() {
  show("stranger");
  const { results } = await api.call("GET", "auth/providers/");
  const buttons = results.map(({ provider, label }) =>
    button(`With ${label}`, () => visit(provider, { next: "/", ...inCookie })),
  );
  $("other-ways").replaceChildren($("login-with-passkey"), ...buttons);
}

/** Leave for a login provider; it leads back to this page with a ticket behind the `#`. */
async function visit(provider, what) {
  const { authorize_url: address } = await api.call("POST", `auth/providers/${provider}/start/`, what);
  location.assign(address);
}

onSubmit("login", (given) => logIn(() => api.call("POST", "auth/login/", { ...given, ...inCookie })));
onClick("login-with-passkey", () =>
  logIn(async () => {
    const question = await api.call("POST", "auth/login/passkey/");
    const passkey = await startAuthentication({ optionsJSON: question.passkey_options.publicKey });
    return await api.call("POST", "auth/login/passkey/confirm/", { ticket: question.ticket, passkey, ...inCookie });
  }),
);
onSubmit("signup", async (given) => say((await api.call("POST", "auth/signup/", given)).detail));
onSubmit("forgot", async (given) => say((await api.call("POST", "auth/password/reset/", given)).detail));

// --- the account ---

async function showAccount() {
  const [me, factors, sessions, links, tokens, providers] = await Promise.all([
    api.call("GET", "users/me/"),
    api.call("GET", "auth/factors/"),
    api.call("GET", "auth/sessions/"),
    api.call("GET", "auth/links/"),
    api.call("GET", "auth/tokens/"),
    api.call("GET", "auth/providers/"),
  ]);
  $("name").textContent = me.display_name;
  $("email").textContent = me.email;
  $("change-headline").elements.headline.placeholder = me.headline;
  list("factors", [
    ...(factors.authenticator_app ? ["Authenticator app"] : []),
    ...factors.passkeys.map((key) => `Passkey ${key.name}`),
    `${factors.recovery_codes_left} recovery codes`,
  ]);
  list("sessions", sessions.results.map((one) => `${one.device}${one.is_current ? " (this one)" : ""}`));
  list("links", links.results.map((link) => `${link.provider}: ${link.login || link.email}`));
  list("tokens", tokens.results.map((token) => `${token.name} sb_pat_${token.prefix}…`));
  $("link-buttons").replaceChildren(
    ...providers.results.map(({ provider, label }) =>
      button(`Link ${label}`, () => withProof(() => visit(provider, { next: "/", purpose: "link" }))),
    ),
  );
  show("account");
}

onClick("look-again", showAccount);
onClick("logout", async () => {
  await api.logOut();
  await showStranger();
});
onClick("add-app", async () => {
  const enrolment = await withProof(() => api.call("POST", "auth/factors/app/"));
  $("qr-code").src = `data:image/svg+xml,${encodeURIComponent(enrolment.qr_code)}`;
  $("new-app").hidden = false;
});
onSubmit("confirm-app", async (given) => {
  const { recovery_codes: codes } = await withProof(() => api.call("POST", "auth/factors/app/confirm/", given));
  $("new-app").hidden = true;
  $("qr-code").removeAttribute("src");
  list("recovery-codes", codes);
  await showAccount();
});
onClick("add-passkey", async () => {
  const question = await withProof(() => api.call("POST", "auth/factors/passkeys/"));
  const passkey = await startRegistration({ optionsJSON: question.passkey_options.publicKey });
  await api.call("POST", "auth/factors/passkeys/confirm/", { ticket: question.ticket, passkey, name: "Laptop" });
  await showAccount();
});
onClick("end-others", async () => {
  await api.call("DELETE", "auth/sessions/?keep_current=true");
  await showAccount();
});
onSubmit("make-token", async ({ name }) => {
  const wanted = { name, scopes: ["progress:read"], expires_in_days: 30 };
  const made = await withProof(() => api.call("POST", "auth/tokens/", wanted));
  $("made-token").textContent = made.token;
  await showAccount();
});
onSubmit("change-email", async (given) => {
  await withProof(() => api.call("POST", "auth/email/", given));
  say("Open the link that we have sent to the new address.");
  show("account");
});
onSubmit("change-headline", async (given) => {
  const { etag } = await api.call("GET", "users/me/");
  await api.call("PATCH", "users/me/", given, { headers: { "If-Match": etag } });
  await showAccount();
});
onSubmit("leave", async (given) => {
  const { deletion_due_at: due } = await withProof(() => api.call("DELETE", "users/me/", given));
  api.forget();
  await showStranger();
  say(`Your account will be erased on ${new Date(due).toDateString()}.`);
});

// --- the page is opened ---

const opening = attempt(async () => {
  const arrived = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname); // a ticket stays in no history
  if (arrived.get("purpose") === "login" && arrived.has("ticket")) {
    return await logIn(() => api.call("POST", "auth/providers/finish/", { ticket: arrived.get("ticket") }));
  }
  try {
    await api.refresh();
  } catch (problem) {
    if (problem.status !== 400 && problem.status !== 401) throw problem;
    await showStranger();
    if (arrived.has("error")) say(`${arrived.get("error")}: ${arrived.get("error_description")}`);
    return;
  }
  if (arrived.get("purpose") === "link" && arrived.has("ticket")) {
    await withProof(() => api.call("POST", "auth/links/", { ticket: arrived.get("ticket") }));
  }
  await showAccount();
  if (arrived.has("error")) say(`${arrived.get("error")}: ${arrived.get("error_description")}`);
});
document.body.dataset.opened = "yes";
await opening;
