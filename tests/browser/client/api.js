// SkillBridge's API for a page of the same site, as docs/accounts.md says it. Knows nothing of the page.
//
// The access token is in memory and nowhere else; the refresh token is in a cookie that no script reads.

export class Problem extends Error {
  constructor(status, document) {
    const fields = (document.errors ?? []).map((error) => `${error.field}: ${error.message}`);
    super([document.detail ?? document.title, ...fields].join(" "));
    this.status = status;
    this.code = document.code;
    this.document = document;
  }
}

export class Api {
  #root;
  #access = "";
  #csrf = "";
  #refreshing = null;

  constructor(root) {
    this.#root = root;
  }

  get isLoggedIn() {
    return this.#access !== "";
  }

  /** What a login, whichever, answered. */
  take(tokens) {
    this.#access = tokens.access;
    return tokens;
  }

  forget() {
    this.#access = "";
  }

  /** The answer. Where the access token is at its end a new one is fetched, once, and the request sent again. */
  async call(method, path, body, { headers = {} } = {}) {
    const sent = this.#access;
    try {
      return await this.#send(method, path, body, { ...headers, ...this.#authorization() });
    } catch (problem) {
      // Other codes of 401 are about what was sent: a wrong code, a wrong password. To repeat them costs a try.
      if (problem.code !== "not_authenticated" || !sent) throw problem;
    }
    // A request that was under way meanwhile may have brought a new one already.
    if (this.#access === sent) await this.refresh();
    return await this.#send(method, path, body, { ...headers, ...this.#authorization() });
  }

  /** A new access token for the cookie. Requests that wait for one share it. */
  async refresh() {
    this.#refreshing ??= this.#withCsrf("POST", "auth/refresh/")
      .then((tokens) => this.take(tokens))
      .catch((problem) => {
        // Only where the session is over: a server that is away for a moment has not logged anybody out.
        if (problem.status === 400 || problem.status === 401) this.forget();
        throw problem;
      })
      .finally(() => (this.#refreshing = null));
    return await this.#refreshing;
  }

  async logOut() {
    await this.#withCsrf("POST", "auth/logout/");
    this.forget();
  }

  /** Something that the cookie is the credential of. The CSRF token is asked for again where it is no longer right. */
  async #withCsrf(method, path) {
    this.#csrf ||= await this.#csrfToken();
    try {
      return await this.#send(method, path, undefined, { "X-CSRFToken": this.#csrf });
    } catch (problem) {
      if (problem.code !== "csrf_failed") throw problem;
    }
    this.#csrf = await this.#csrfToken();
    return await this.#send(method, path, undefined, { "X-CSRFToken": this.#csrf });
  }

  async #csrfToken() {
    return (await this.#send("GET", "auth/csrf/")).csrf_token;
  }

  #authorization() {
    return this.#access ? { Authorization: `Bearer ${this.#access}` } : {};
  }

  async #send(method, path, body, headers = {}) {
    const answer = await fetch(this.#root + path, {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "include",
    });
    const text = await answer.text();
    const document = text ? JSON.parse(text) : {};
    if (!answer.ok) throw new Problem(answer.status, document);
    if (answer.headers.has("ETag")) document.etag = answer.headers.get("ETag");
    return document;
  }

  /** For the walk alone: as if the access token had come to its end. */
  spoil() {
    this.#access = "a.broken.token";
  }
}
