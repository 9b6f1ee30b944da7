import type { Severity } from '#lib/contract/automation-error.ts';
import {
	executionReport,
	plainReport,
	type ReportedError,
	triggerReport,
} from '#lib/contract/error-report.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { withoutSecrets } from './without-secrets.ts';

/** A failure in our words, whatever form it was reported in. */
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
	/** The run of a workflow that a webhook started, which may be a call of the AI. */
	is_webhook_run: boolean;
}

type Loose = Record<string, unknown>;
interface Ids {
	session_id?: string | null;
	sessionId?: string | null;
	turn_id?: string | null;
	turnId?: string | null;
}

/** Reads a report in any of the forms of contract/error-report.ts; throws Invalid. */
export function readReport(input: unknown): Failure {
	const failure = readForm(unwrap(input));
	const { message, stack } = failure;
	return { ...failure, message: withoutSecrets(message), stack: stack && withoutSecrets(stack) };
}

function readForm(report: Loose): Failure {
	if ('execution' in report) return fromExecution(report);
	if ('trigger' in report) return fromTrigger(report);
	const plain = parse(plainReport, report);
	return {
		workflow: plain.workflow,
		node: plain.node || null,
		message: plain.message,
		stack: plain.stack || null,
		severity: plain.severity,
		session_id: sessionOf(plain, plain.message),
		execution_id: plain.execution_id || null,
		execution_url: webAddress(plain.execution_url),
		turn_id: turnOf(plain),
		is_webhook_run: false,
	};
}

function fromExecution(input: Loose): Failure {
	const report = parse(executionReport, input);
	const { execution } = report;
	const failure = fromError(execution.error);
	return {
		...failure,
		workflow: nameOf(report.workflow),
		node: execution.lastNodeExecuted || failure.node,
		session_id: sessionOf(report, failure.message),
		execution_id: execution.id || null,
		execution_url: webAddress(execution.url),
		turn_id: turnOf(report),
		is_webhook_run: ['webhook', 'chat'].includes(execution.mode ?? ''),
	};
}

function fromTrigger(input: Loose): Failure {
	const report = parse(triggerReport, input);
	const failure = fromError(report.trigger.error);
	return {
		...failure,
		workflow: nameOf(report.workflow),
		session_id: sessionOf(report, failure.message),
		execution_id: null,
		execution_url: null,
		turn_id: turnOf(report),
		is_webhook_run: false,
	};
}

function fromError(error: ReportedError): Pick<Failure, 'node' | 'message' | 'stack' | 'severity'> {
	const { message, description, stack, name, level, node } = error;
	return {
		node: node || null,
		message: message || description || name || 'no message was given',
		// n8n's description often holds the cause where the message only says that there is one.
		stack: [description, stack].filter(Boolean).join('\n\n') || null,
		severity: level === 'warning' ? 'warning' : level === 'fatal' ? 'critical' : 'error',
	};
}

const nameOf = ({ id, name }: { id?: string | null; name?: string | null }) => name || id || '';

/** n8n tells nothing of the request, so a workflow may have put the chat session's id into the error's message. */
function sessionOf({ session_id, sessionId }: Ids, message: string): string | null {
	return session_id || sessionId || /\bsession_[A-Za-z0-9_-]{8,120}/.exec(message)?.[0] || null;
}

const turnOf = ({ turn_id, turnId }: Ids): string | null => turn_id || turnId || null;

/** Only what a browser may safely be sent to. */
const webAddress = (address: string | null | undefined) =>
	address && /^https?:\/\//i.test(address) ? address : null;

/** Takes the report out of a one-item array and out of `body`; a session id beside `body` comes along. */
function unwrap(input: unknown): Loose {
	const item: unknown = Array.isArray(input) && input.length === 1 ? input[0] : input;
	if (!isObject(item)) {
		throw new AppError('invalid', 'one report is expected: an object, or an array with one');
	}
	const isWrapped = !['execution', 'trigger', 'message'].some((key) => key in item);
	if (!isWrapped || !('body' in item)) return item;
	const { session_id, sessionId, turn_id, turnId } = item;
	return { session_id, sessionId, turn_id, turnId, ...unwrap(item['body']) };
}

const isObject = (value: unknown): value is Loose =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
