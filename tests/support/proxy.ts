import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { collectOutput, killOnExit, waitUntilReady } from './child-process.ts';
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
	const child = spawn(findTool(name) ?? name, getArguments(file, folder), {
		env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	killOnExit(child);
	const url = `http://127.0.0.1:${port}`;
	const isReady = () =>
		fetch(`${url}/healthz`).then(
			({ ok }) => ok,
			() => false,
		);
	await waitUntilReady(name, child, isReady, collectOutput(child));
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
