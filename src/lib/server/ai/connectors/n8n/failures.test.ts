import { expect, it } from 'vitest';
import { createRefusalError } from './failures.ts';

const URL = 'https://n8n.example/webhook/x';

it.each<[status: number, body: string, remedy: RegExp]>([
	// https://ngrok.com/docs/errors/err_ngrok_3200/
	[404, '<html><body>The endpoint is offline. ERR_NGROK_3200</body></html>', /ngrok tunnel/],
	// https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
	[530, 'error code: 1033', /Cloudflare tunnel/],
	[522, '', /Cloudflare cannot reach/],
	// https://github.com/n8n-io/n8n/issues/30831, https://github.com/n8n-io/n8n/issues/18930
	[524, '<title>n8n.cloud | 524: A timeout occurred</title>', /no answer in time/],
	// https://github.com/n8n-io/n8n/issues/10089, https://github.com/n8n-io/n8n/issues/10728
	[504, '<html><h1>504 Gateway Time-out</h1></html>', /no answer in time/],
	[403, '<!DOCTYPE html><title>Just a moment...</title>', /bot protection/],
	[403, '<!DOCTYPE html><title>Attention Required! | Cloudflare</title>', /bot protection/],
	[403, 'Authorization data is wrong!', /credentials/],
	[403, '{"code":0,"message":"IP is not allowed to access the webhook!"}', /allowed addresses/],
	[400, '<center>The plain HTTP request was sent to HTTPS port</center>', /https:/],
	// https://github.com/n8n-io/n8n/blob/master/packages/cli/src/abstract-server.ts
	[503, 'n8n is starting up. Please wait', /still starting/],
	[503, '<html><title>503 Service Temporarily Unavailable</title></html>', /no answer in time/],
	[402, '{"message":"Execution limit reached"}', /used up/],
	[413, '{"message":"request entity too large"}', /too large/],
	[405, '', /does not accept POST/],
	// https://github.com/n8n-io/n8n/issues/18268
	[500, '{"message":"Workflow Webhook Error: Workflow could not be started!"}', /could not start/],
	[500, '{"message":"Error in workflow"}', /last execution/],
	// https://github.com/n8n-io/n8n/issues/35040, https://github.com/n8n-io/n8n/issues/16858
	[404, '{"message":"The requested webhook \\"POST x\\" is not registered."}', /not active/],
])('a refusal names its remedy: %s %j', (status, body, remedy) => {
	expect(createRefusalError(status, body, URL).message).toMatch(remedy);
});
