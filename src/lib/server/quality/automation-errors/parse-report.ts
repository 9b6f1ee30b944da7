import {
	executionReport,
	plainReport,
	type ReportedError,
	type Severity,
	triggerReport,
} from '#lib/contract/automation-error.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';

/** A failure in a uniform shape, regardless of how it was reported. */
export interface Failure {
	workflow: string;
	node: string | null;
	message: string;
	stack: string | null;
	severity: Severity;
	session_id: string | null;
	execution_id: string | null;
	execution_url: string | null;
	turn_id: string | null;
	/** Whether a webhook started the run, which may then be a call to the AI. */
	is_webhook_run: boolean;
}

type JsonObject = Record<string, unknown>;
interface ReportIds {
	session_id?: string | null;
	sessionId?: string | null;
	turn_id?: string | null;
	turnId?: string | null;
}

/** Parses a report in any form of contract/automation-error.ts, and masks its secrets. Throws `invalid`. */
export function parseReport(input: unknown): Failure {
	const failure = parseForm(unwrapReport(input));
	const { message, stack } = failure;
	return { ...failure, message: maskSecrets(message), stack: stack && maskSecrets(stack) };
}

function parseForm(report: JsonObject): Failure {
	if ('execution' in report) return fromExecution(report);
	if ('trigger' in report) return fromTrigger(report);
	const plain = parse(plainReport, report);
	return {
		workflow: plain.workflow,
		node: plain.node || null,
		message: plain.message,
		stack: plain.stack || null,
		severity: plain.severity,
		session_id: findSessionId(plain, plain.message),
		execution_id: plain.execution_id || null,
		execution_url: toWebUrl(plain.execution_url),
		turn_id: findTurnId(plain),
		is_webhook_run: false,
	};
}

function fromExecution(input: JsonObject): Failure {
	const report = parse(executionReport, input);
	const { execution } = report;
	const failure = fromError(execution.error);
	return {
		...failure,
		workflow: getWorkflowName(report.workflow),
		node: execution.lastNodeExecuted || failure.node,
		session_id: findSessionId(report, failure.message),
		execution_id: execution.id || null,
		execution_url: toWebUrl(execution.url),
		turn_id: findTurnId(report),
		is_webhook_run: ['webhook', 'chat'].includes(execution.mode ?? ''),
	};
}

function fromTrigger(input: JsonObject): Failure {
	const report = parse(triggerReport, input);
	const failure = fromError(report.trigger.error);
	return {
		...failure,
		workflow: getWorkflowName(report.workflow),
		session_id: findSessionId(report, failure.message),
		execution_id: null,
		execution_url: null,
		turn_id: findTurnId(report),
		is_webhook_run: false,
	};
}

function fromError(error: ReportedError): Pick<Failure, 'node' | 'message' | 'stack' | 'severity'> {
	const { message, description, stack, name, level, node } = error;
	return {
		node: node || null,
		message: message || description || name || 'n8n sent no message',
		// n8n's description often contains the cause that its message leaves out.
		stack: [description, stack].filter(Boolean).join('\n\n') || null,
		severity: toSeverity(level),
	};
}

function toSeverity(level: ReportedError['level']): Failure['severity'] {
	if (level === 'warning') return 'warning';
	return level === 'fatal' ? 'critical' : 'error';
}

const getWorkflowName = ({ id, name }: { id?: string | null; name?: string | null }) =>
	name || id || 'Unknown workflow';

/** n8n reports nothing about the request, so workflows may include the chat session's ID in the error message. */
function findSessionId({ session_id, sessionId }: ReportIds, message: string): string | null {
	return session_id || sessionId || /\bsession_[A-Za-z0-9_-]{8,120}/.exec(message)?.[0] || null;
}

const findTurnId = ({ turn_id, turnId }: ReportIds): string | null => turn_id || turnId || null;

/** Returns a URL that is safe as a link; null for any other. */
const toWebUrl = (url: string | null | undefined) =>
	url && /^https?:\/\//i.test(url) ? url : null;

/** Unwraps a report from a one-item array and from `body`, keeping IDs that are next to `body`. */
function unwrapReport(input: unknown): JsonObject {
	const item: unknown = Array.isArray(input) && input.length === 1 ? input[0] : input;
	if (!isObject(item)) {
		throw new AppError('invalid', 'one report is expected: an object, or an array with one object');
	}
	const isWrapped = !['execution', 'trigger', 'message'].some((key) => key in item);
	if (!isWrapped || !('body' in item)) return item;
	const { session_id, sessionId, turn_id, turnId } = item;
	return { session_id, sessionId, turn_id, turnId, ...unwrapReport(item['body']) };
}

const isObject = (value: unknown): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Patterns of keys and passwords in messages and stacks, with their replacements. */
const SECRETS: [RegExp, string][] = [
	[/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 ••••••'],
	[/\b(?:sk|pk|rk|re|fd|xox[a-z]|ghp|whsec)[-_][\w-]{12,}/g, '••••••'],
	[/(?<![\w-])(?=[\w-]*eyJ[\w-]{8})[\w-]+\.[\w-]+\.[\w-]*/g, '••••••'],
	[/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:"']+:[^\s/@"']+@/gi, '$1••••••@'],
	[
		/(\b(?:[\w-]{0,40}(?:api[-_]?key|token|secret|password|passwd)|authorization)[\\"']{0,4}\s*[:=]\s*[\\"']{0,4})(?!bearer|basic|•)[^\s\\"'&,;}]{4,}/gi,
		'$1••••••',
	],
];

/** Masks the keys, tokens and passwords in a text, as far as they can be recognized. */
export const maskSecrets = (text: string): string =>
	SECRETS.reduce((masked, [secret, replacement]) => masked.replace(secret, replacement), text);
