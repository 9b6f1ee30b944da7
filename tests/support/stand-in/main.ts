import { parseArgs } from 'node:util';
import { AI_MODES } from './ai/modes.ts';
import { startStandIn } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '5679' } } });

const standIn = await startStandIn({
	port: Number(values.port),
	onRequest: ({ method, path, body }) =>
		console.log(`${method} ${path} ${body.toString('utf8', 0, 400)}`),
});

console.log(`AI webhook       ${standIn.ai.url('echo')}
  other answers  ${Object.keys(AI_MODES).join(', ')}
                 in the address (/n8n/<answer>?delay=200) or in a message: [[slow-stream delay=200]]
Lead webhook     ${standIn.webhooks.url('leads')}
  other answers  ?answer=gone, error, slow, redirect, script, hang, reset or a status; &times=3
Mail             RESEND_BASE_URL=${standIn.mail.url} RESEND_API_KEY=re_test MAIL_FROM=frontdesk@example.com`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void standIn.close());
}
