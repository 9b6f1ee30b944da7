/** The first admin of a server that a test starts, by ADMIN_EMAIL and ADMIN_PASSWORD. */
export const ADMIN = { email: 'ada@example.com', password: 'tangerine orbit 7' };

/** Signs somebody in, by default the admin, by the page's own form; gives the Cookie header. */
export async function signInAt(url: string, who = ADMIN): Promise<string> {
	const response = await fetch(`${url}/login`, {
		method: 'POST',
		headers: { origin: url },
		body: new URLSearchParams(who),
		redirect: 'manual',
	});
	const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
	if (!cookie) throw new Error(`the sign-in was refused: ${response.status}`);
	return cookie;
}
