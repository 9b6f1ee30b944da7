import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findFreePort } from './process.ts';
import { findTool } from './tools.ts';

export interface Proxy {
	url: string;
	stop(): Promise<void>;
}

/** Starts a proxy with a configuration in which certificates and ports are replaced by local ones. */
export async function startProxy(
	name: Parameters<typeof findTool>[0],
	upstream: string,
	configure: (port: number, host: string, folder: string) => Promise<string>,
	getArguments: (file: string, folder: string) => string[],
): Promise<Proxy> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-proxy-'));
	const port = await findFreePort();
	const file = path.join(folder, 'proxy.conf');
	await writeFile(file, await configure(port, new URL(upstream).host, folder));
	const child: ChildProcess = spawn(findTool(name) ?? name, getArguments(file, folder), {
		env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
	}
	process.once('exit', () => child.kill('SIGKILL'));
	const url = `http://127.0.0.1:${port}`;
	const end = Date.now() + 180_000;
	for (;;) {
		const response = await fetch(`${url}/healthz`).catch(() => undefined);
		if (response?.ok) break;
		if (child.exitCode !== null || Date.now() > end) throw new Error(`${name}: ${output}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return {
		url,
		async stop() {
			const exited = once(child, 'exit');
			child.kill('SIGTERM');
			await exited;
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** Completes nginx's configuration for a run in the foreground. */
export const configureNginx = (
	folder: string,
	body: string,
) => `daemon off; worker_processes 1; user root;
pid ${folder}/pid; error_log stderr; events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p;
fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
${body} }`;
