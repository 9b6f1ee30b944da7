import type { ConnectorFault } from '#lib/contract/connector.ts';
import { ConnectorError } from '../connectors/connector.ts';
import { toConnectorError } from '../connectors/failures.ts';
import { refusalOf } from '../connectors/n8n/index.ts';
import { faultOf, HTML } from './fault.ts';
import { remedyOf } from './remedies.ts';

/** What a webhook that should receive a delivery answered. */
export interface DeliveryAnswer {
	url: string;
	/** null: no answer came. */
	status: number | null;
	/** The beginning of the body. */
	body: string;
	/** What went wrong on the way. */
	cause?: unknown;
}

export interface DeliveryFault {
	fault: ConnectorFault;
	title: string;
	remedy: string;
}

/** Which fault the answer to a delivery shows, with its remedy; null when the delivery was received. */
export function explainDelivery(answer: DeliveryAnswer): DeliveryFault | null {
	const fault = deliveryFault(answer);
	if (!fault) return null;
	const [title, remedy] = remedyOf(fault, 'delivery');
	return { fault, title, remedy };
}

function deliveryFault({ url, status, body, cause }: DeliveryAnswer): ConnectorFault | null {
	const met = { url, status, headers: null, raw: body };
	if (status !== null && status >= 200 && status < 300) {
		if (HTML.test(body.slice(0, 2000))) return 'html_answer';
		if (!NOT_RUN.test(body)) return null;
		return faultOf({ ...met, error: new ConnectorError('no_reply_mode', body) });
	}
	const way = { name: 'The endpoint', remedies: {} };
	const error =
		status === null || cause !== undefined
			? toConnectorError(cause, '', { retries: 0 }, way)
			: refusalOf(status, body, url);
	return error.outcome === 'internal' ? 'other' : faultOf({ ...met, error });
}

/** n8n's words for a workflow that has not run yet. */
const NOT_RUN = /"?(Workflow was started|Webhook call received)"?|"executionStarted":\s*true/;
