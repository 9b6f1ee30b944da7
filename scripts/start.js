// `npm start`: runs the server in this process, after another one has checked the environment and built what is missing.
// JavaScript, so that a Node too old for the rest can still report it, and because removing types takes Node 10 MB.
import './check-install.js';
import { spawnSync } from 'node:child_process';
import process from 'node:process';

process.chdir(`${import.meta.dirname}/..`);
const { status } = spawnSync(process.execPath, ['scripts/prepare-start.ts'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
await import('../src/server.js');
