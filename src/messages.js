/**
 * Returns what a start prints: the addresses, and the link that creates the first admin while there is none.
 * @param {string} publicUrl
 * @param {string | null} setupUrl
 */
export function announcement(publicUrl, setupUrl) {
	const lines = [
		'Frontdesk is ready.',
		`  Dashboard  ${publicUrl}`,
		`  Demo page  ${publicUrl}/demo`,
		...(setupUrl ? [`  Setup      ${setupUrl}  (creates the first admin, once)`] : []),
	];
	return `\n${lines.join('\n')}\n`;
}

/**
 * Explains why the server cannot listen, with a remedy.
 * @param {NodeJS.ErrnoException} error
 * @param {string} host
 * @param {number} port
 */
export function describeListenError(error, host, port) {
	switch (error.code ?? '') {
		case 'EADDRINUSE':
			return `Port ${port} is taken. Set PORT to a free one.`;
		case 'EACCES':
			return `This user may not use port ${port}. Set PORT above 1023 and put a proxy in front, or allow it with "sudo setcap cap_net_bind_service=+ep $(realpath node_modules/node/bin/node)".`;
		case 'EADDRNOTAVAIL':
		case 'ENOTFOUND':
			return `This machine has no address ${host}. Set HOST to one that it has, or leave HOST unset.`;
		default:
			return `The server cannot listen on ${host}:${port}: ${error.message}`;
	}
}
