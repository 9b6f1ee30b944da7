import type { Connector } from '#lib/contract/connector.ts';
import type { Session } from '#lib/contract/session.ts';

/** Returns the name shown for a chat session's visitor. */
export const getVisitorName = (session: Pick<Session, 'id' | 'visitor_name'>) =>
	session.visitor_name ?? `Visitor ${session.id}`;

/** Longer words are not first names, and would fill the sentences that address the visitor. */
const MAX_FIRST_NAME_LENGTH = 30;

/** Returns the visitor's first name, if it is known. */
export function getFirstName({ visitor_name }: Pick<Session, 'visitor_name'>): string | undefined {
	const name = visitor_name?.trim().split(/\s+/)[0] ?? '';
	return name === '' || name.length > MAX_FIRST_NAME_LENGTH ? undefined : name;
}

export const AI_NAMES: Record<Connector['type'], string> = {
	scripted: 'Built-in AI',
	n8n: 'n8n webhook',
	openai: 'OpenAI-compatible API',
};

/** Returns the label of a traffic source in statistics. */
export const formatSource = (source: string): string => (source === 'direct' ? 'Direct' : source);

/** Returns the author prefix of a message preview, for example "You: "; empty for visitor and system messages. */
export function formatSpeakerPrefix(
	{ sender, author }: Pick<NonNullable<Session['last_message']>, 'sender' | 'author'>,
	currentUserName: string,
): string {
	switch (sender) {
		case 'visitor':
		case 'system':
			return '';
		case 'ai':
			return 'AI: ';
		case 'agent':
			return author === currentUserName ? 'You: ' : `${author ?? 'Team'}: `;
	}
}

const BROWSERS: [RegExp, string][] = [
	[/Edg\w*\//, 'Edge'],
	[/OPR\//, 'Opera'],
	[/Firefox\/|FxiOS\//, 'Firefox'],
	[/Chrome\/|CriOS\//, 'Chrome'],
	[/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
	[/iPhone|iPad/, 'iOS'],
	[/Android/, 'Android'],
	[/Windows/, 'Windows'],
	[/Mac OS X/, 'macOS'],
	[/CrOS/, 'ChromeOS'],
	[/Linux/, 'Linux'],
];

const findName = (list: [RegExp, string][], text: string) =>
	list.find(([pattern]) => pattern.test(text))?.[1];

/** Returns a readable browser name for a user agent: "Firefox on Windows". */
export function getBrowserName(userAgent: string | null): string {
	const browser = findName(BROWSERS, userAgent ?? '');
	const system = findName(SYSTEMS, userAgent ?? '');
	if (!browser) return system ? `Browser on ${system}` : 'Unknown browser';
	return system ? `${browser} on ${system}` : browser;
}
