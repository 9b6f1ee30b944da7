import { ConnectorError } from '../connector.ts';
import { isObject } from './side-fields.ts';

/** Keys that may hold a status message instead of a reply. */
const STATUS_KEYS = new Set(['message', 'msg', 'result', 'status']);
const STATUS_TEXT =
	/^(?:ok|success(?:ful(?:ly)?)?|succeeded|done|accepted|received|queued|completed|processing)[.!]?$/i;
/** "Contact created successfully": what an API reports about a record, unlike "Your request was sent successfully". */
const RECORD_STATUS =
	/^(?:the |new )?(?!your |you )[a-z]+ (?:was |has been )?(?:added|created|deleted|inserted|processed|recorded|received|saved|sent|stored|submitted|updated) successfully[.!]?$/i;
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
	// AWS Lambda, and n8n's nodes that continue after an error.
	const isReported = typeof object.errorMessage === 'string' || isHttpError(object.statusCode);
	if (isReported && !hasReply) throw toError(object);
	if (BLOCK_REASON.test(findBlockReason(object)) && !hasReply) throw FILTER_ERROR;
}

/** Throws ConnectorError if an object without a reply reports a failure, as in `{ success: false }`. */
export function rejectReportedFailure(object: Record<string, unknown>): void {
	if (hasError(object) || reportsFailure(object)) throw toError(object);
}

/** Returns the message of the failure that an object without a reply reports; empty without a message, `undefined` without a failure. */
export function findFailureReason(object: Record<string, unknown>): string | undefined {
	return hasError(object) || reportsFailure(object) || object.object === 'error'
		? (findReason(object) ?? '')
		: undefined;
}

const hasError = ({ error, detail, errors }: Record<string, unknown>): boolean =>
	Boolean(error) || Boolean(detail) || (Array.isArray(errors) && errors.length > 0);

/** Matches Gemini's reasons for returning no text. */
const BLOCK_REASON = /^(?:SAFETY|RECITATION|PROHIBITED_CONTENT|BLOCKLIST|SPII|OTHER)$/;
const FILTER_ERROR = new ConnectorError(
	'workflow_error',
	"The model's content filter blocked the answer.",
);

function findBlockReason({
	finishReason,
	promptFeedback,
	content,
}: Record<string, unknown>): string {
	const reason = isObject(promptFeedback) ? promptFeedback.blockReason : finishReason;
	return content === undefined && typeof reason === 'string' ? reason : '';
}

/** Returns whether a field contains the status of a call, such as "success", rather than a reply. */
export function isStatusField(object: Record<string, unknown>, key: string): boolean {
	if (!STATUS_KEYS.has(key)) return false;
	const value = object[key];
	if (typeof value !== 'string') return false;
	const isOnlyField = Object.keys(object).length === 1;
	const text = value.trim();
	const isStatus = STATUS_TEXT.test(text) || (RECORD_STATUS.test(text) && !('completed' in object));
	return (!isOnlyField && isStatus) || reportsFailure(object);
}

function reportsFailure(object: Record<string, unknown>): boolean {
	const { success, ok, status, statusCode, code, base_resp, error_code, hint } = object;
	const { status_code } = isObject(base_resp) ? base_resp : {};
	const isErrorCode = (value: unknown) =>
		typeof value === 'number' && value > 1 && (value < 200 || value > 299);
	const isFailed = typeof status === 'string' && FAILED.test(status);
	// PostgREST, which Supabase uses.
	const isPostgrest = typeof code === 'string' && hint !== undefined && 'details' in object;
	return (
		success === false ||
		ok === false ||
		isFailed ||
		isPostgrest ||
		[code, status_code, error_code].some(isErrorCode) ||
		[status, statusCode].some(isHttpError)
	);
}

const isHttpError = (status: unknown): boolean =>
	typeof status === 'number' && status >= 400 && status <= 599;

/** Returns the possible messages of an error, or of the first error in a list. */
function listTexts(error: unknown): unknown[] {
	const [first] = Array.isArray(error) ? (error as unknown[]) : [error];
	return isObject(first) ? [first.message, first.msg] : [first];
}

function toError(object: Record<string, unknown>): ConnectorError {
	const reason = findReason(object);
	return new ConnectorError(
		'workflow_error',
		`The workflow reported an error${reason ? `: ${reason.slice(0, 300)}` : ''}`,
	);
}

/** Returns a failure's message, for which providers and frameworks use different keys. */
function findReason(object: Record<string, unknown>): string | undefined {
	const { error, errorMessage, message, msg, error_msg, base_resp, detail, errors } = object;
	const { status_msg } = isObject(base_resp) ? base_resp : {};
	return [
		...listTexts(error),
		...[errorMessage, message, msg, error_msg, status_msg],
		...listTexts(detail),
		...listTexts(errors),
	].find((text) => typeof text === 'string');
}
