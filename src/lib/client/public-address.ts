const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

/** Why visitors of other pages cannot load the chat from PUBLIC_URL; `undefined` when nothing speaks against it. */
export function addressProblem(publicUrl: string): string | undefined {
	const { hostname, protocol } = new URL(publicUrl);
	if (LOOPBACK.test(hostname)) {
		return `PUBLIC_URL is ${publicUrl}, which only this computer can reach. Set it to your server's public address before you copy embed codes.`;
	}
	if (protocol === 'http:') {
		return `PUBLIC_URL is ${publicUrl}. Pages on https cannot load the chat from an http address: serve Frontdesk over https.`;
	}
	return undefined;
}
