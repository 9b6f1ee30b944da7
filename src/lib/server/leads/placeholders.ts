import type { LeadSource } from '#lib/contract/lead.ts';

/** Matches unfilled expressions and variables: `{{name}}`, `${email}`, `<phone>`, `[Your Name]`, `%EMAIL%`. */
const TEMPLATE =
	/^=?\s*(?:\{\{.*\}\}|\$?\{\s*[\w.-]{1,60}\s*\}|<[^<>@]{1,60}>|\[[^[\]]{1,60}\]|\$\([^()]*\)|%[A-Z_]{2,40}%|\[object Object\])$/is;
/** Matches text that consists only of punctuation, such as a dash. */
const PUNCTUATION_ONLY = /^[\s\p{P}\p{S}]*$/u;
/** Words for a missing value, in lower case and without punctuation. */
const MISSING_VALUE_WORDS = new Set([
	...[
		'na',
		'n a',
		'nil',
		'nan',
		'null',
		'none',
		'undefined',
		'unknown',
		'empty',
		'blank',
		'missing',
	],
	...['not provided', 'not given', 'not specified', 'not stated', 'not mentioned', 'not known'],
	...['not available', 'not applicable', 'not shared', 'not set', 'not found', 'not disclosed'],
	...[
		'not answered',
		'not yet provided',
		'none provided',
		'none given',
		'no answer',
		'no response',
	],
	...[
		'no information',
		'no data',
		'no value',
		'unspecified',
		'unavailable',
		'unanswered',
		'undisclosed',
	],
	...['tbd', 'tba', 'to be determined', 'to be confirmed', 'placeholder'],
	...['no email', 'no phone', 'no name', 'no company', 'no email provided', 'no phone provided'],
	...[
		'keine',
		'keiner',
		'keines',
		'kein',
		'keine angabe',
		'ka',
		'k a',
		'unbekannt',
		'fehlt',
		'leer',
	],
	...['nicht angegeben', 'nicht bekannt', 'nicht genannt', 'nicht vorhanden', 'nicht verfügbar'],
	...['ninguno', 'ninguna', 'desconocido', 'desconocida', 'no proporcionado', 'no especificado'],
	...['no indicado', 'no disponible', 'sin datos', 'sin especificar'],
	...['aucun', 'aucune', 'inconnu', 'inconnue', 'non fourni', 'non précisé', 'non renseigné'],
	...['non spécifié', 'non communiqué', 'non disponible'],
	...['nenhum', 'nenhuma', 'desconhecido', 'não informado', 'não fornecido', 'não especificado'],
	...['nessuno', 'nessuna', 'sconosciuto', 'non fornito', 'non specificato'],
	...['geen', 'onbekend', 'niet opgegeven', 'brak', 'nieznany', 'okänd', 'ukendt', 'ukjent'],
	...['нет', 'неизвестно', 'не указано', 'нет данных', 'غير معروف', 'لا يوجد', 'غير متوفر'],
	...['无', '無', '未知', '未提供', '没有', '不明', 'なし', '未定', '없음', '미정'],
]);

/** Generic words that aren't a person's name. */
const GENERIC_NAMES = new Set([
	...['anonymous', 'guest', 'visitor', 'the visitor', 'unknown visitor', 'website visitor'],
	...['user', 'the user', 'unknown user', 'customer', 'the customer', 'client', 'lead', 'string'],
]);

/**
 * Returns why a value is rejected as a placeholder; `undefined` if it isn't one. Templates are rejected from any program.
 * Words such as "unknown" or "None" are rejected only from an AI, and only if the visitor didn't write them, because someone
 * may be called Null.
 */
export function findPlaceholder(
	key: string,
	text: string,
	source: LeadSource,
	visitorWords = '',
): string | undefined {
	if (source === 'agent' || source === 'detected') return undefined;
	const value = text.trim().replace(/^(["'`“”„«»])(.*)\1$/s, '$2');
	if (TEMPLATE.test(value)) return 'is a placeholder';
	if (source !== 'ai') return undefined;
	if (PUNCTUATION_ONLY.test(value)) return 'means that there is no value';
	const words = normalizeWords(value);
	if (!MISSING_VALUE_WORDS.has(words) && !(key === 'name' && GENERIC_NAMES.has(words)))
		return undefined;
	return ` ${normalizeWords(visitorWords)} `.includes(` ${words} `)
		? undefined
		: 'means that there is no value';
}

const normalizeWords = (text: string) =>
	text
		.normalize('NFKC')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();
