import { ConnectorError } from '../connector.ts';
import { isObject } from './side-fields.ts';

/** Keys under which an object has a status message rather than a reply. */
const STATUS_KEYS = new Set(['message', 'msg', 'result', 'status']);
const STATUS_TEXT =
	/^(?:ok|success(?:ful(?:ly)?)?|succeeded|done|accepted|received|queued|completed|processing)[.!]?$/i;
const FAILED = /^(?:error|failed|failure)$/i;

/** Throws ConnectorError if an object represents a failure, unless it also has a reply. */
export function rejectFailure(object: Record<string, unknown>, hasReply: boolean): void {
	if (object.executionStarted === true) {
		throw new ConnectorError(
			'no_reply_mode',
			'The trigger answers through Chat nodes, which only n8n\'s own chat supports: set its response mode to "When Last Node Finishes", "Using Respond to Webhook Node" or "Streaming".',
		);
	}
	// A tool result of the Model Context Protocol contains the error message as its text.
	if (object.isError === true) throw toError(object);
	if (object.error && !hasReply) throw toError(object);
}

/** Throws ConnectorError if an object without a reply reports a failure through its status, as in `{ success: false }`. */
export function rejectReportedFailure(object: Record<string, unknown>): void {
	if (reportsFailure(object)) throw toError(object);
}

/** Returns whether a field contains the status of a call, such as "success", rather than a reply. */
export function isStatusField(object: Record<string, unknown>, key: string): boolean {
	if (!STATUS_KEYS.has(key)) return false;
	const value = object[key];
	if (typeof value !== 'string') return false;
	const isOnlyField = Object.keys(object).length === 1;
	return (!isOnlyField && STATUS_TEXT.test(value.trim())) || reportsFailure(object);
}

function reportsFailure({ success, ok, status, code }: Record<string, unknown>): boolean {
	const isErrorCode = typeof code === 'number' && code > 1 && (code < 200 || code > 299);
	const isFailed = typeof status === 'string' && FAILED.test(status);
	return success === false || ok === false || isFailed || isErrorCode;
}

function toError({ error, message, msg, detail }: Record<string, unknown>): ConnectorError {
	const reason = [error, isObject(error) ? error.message : undefined, message, msg, detail].find(
		(text) => typeof text === 'string',
	);
	return new ConnectorError(
		'workflow_error',
		`The workflow reported an error${reason ? `: ${String(reason).slice(0, 300)}` : ''}`,
	);
}
