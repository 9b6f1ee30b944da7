import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const VERSION = '1.37.0';

/** The folder of n8n's own chat as npm has it, fetched once: only what pages load, not what it was made with. */
export async function n8nChatFiles(): Promise<string> {
	const folder = path.join(os.tmpdir(), `frontdesk-n8n-chat-${VERSION}`);
	const dist = path.join(folder, 'package/dist');
	if (!existsSync(dist)) {
		await mkdir(folder, { recursive: true });
		const fetched = execFileSync('npm', ['pack', '--silent', `@n8n/chat@${VERSION}`], {
			cwd: folder,
			encoding: 'utf8',
		});
		const packed = fetched.trim().split('\n').at(-1) ?? '';
		execFileSync('tar', ['-xzf', packed], { cwd: folder });
	}
	return dist;
}
