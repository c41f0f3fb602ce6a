// Talking to the server outside of htmx.

/** The token of this page, which every unsafe request carries. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]').content;
}

/** Whether a response says that nobody is signed in any more. */
export function isSignedOut(response) {
  return response.status === 401 || (response.redirected && new URL(response.url).pathname === "/sign-in");
}

/** Leave for the sign-in page, to come back here. */
export function signInAgain() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Whether the server can be reached, who is signed in there, and a fresh token. Rejects without a connection. */
export async function probe() {
  const response = await fetch("/csrf-token", { cache: "no-store", headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const { token, user } = await response.json();
  document.querySelector('meta[name="csrf-token"]').content = token;
  return { token, user };
}

/** The id of the person for whom this page was made; empty on pages without a user. */
export function pageUser() {
  return document.querySelector('meta[name="user-id"]')?.content ?? "";
}
