import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const VERSION = '1.37.0';

/** Downloads n8n's chat from npm once, without its dependencies. Returns the folder of its bundle. */
export async function downloadN8nChat(): Promise<string> {
	const folder = path.join(os.tmpdir(), `frontdesk-n8n-chat-${VERSION}`);
	const dist = path.join(folder, 'package/dist');
	if (!existsSync(dist)) {
		await mkdir(folder, { recursive: true });
		const output = execFileSync('npm', ['pack', '--silent', `@n8n/chat@${VERSION}`], {
			cwd: folder,
			encoding: 'utf8',
		});
		const archive = output.trim().split('\n').at(-1) ?? '';
		execFileSync('tar', ['-xzf', archive], { cwd: folder });
	}
	return dist;
}
