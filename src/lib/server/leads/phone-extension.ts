const WORDS =
	'extension (?:number|no\\.?)|extensi[oó]n|extn?|x|×|#|durchwahl|nebenstelle|dw|app(?:arat)?|klappe|lok[ae]l|local|anexo|interno?|int|poste|ramal|toestel|wew|wewn|ankn|klapka|linka|dahili|добавочный|доб|внутр|вн|내선|内线|內線|内線|分机|分機|转|轉|تحويلة|שלוחה|m[aá]y l[eẻ]';
const EXTENSION = new RegExp(
	String.raw`^\)?(?:;ext=|[ ,;./-]{0,3}[([]?((?:${WORDS})[.:# -]{0,3})|[,;]{1,3}|[pw])(\d{1,7})(?![\d\p{scx=Latin}])#?`,
	'iu',
);
/** Words that also precede other numbers: "local, 2 story", "App. 3", "x 2 people". */
const AMBIGUOUS_WORD = /^(?:[x×] |#|(?:app|lo[ck]al|int)(?!\p{L}))/iu;
/** Matches a word that is counted: "2 story", "5 rooms". Words that only connect the sentences are none. */
const COUNTED =
	/^[ -](?!(?:and|or|for|please|thanks?|after|before|between|ask|call|my|is|at|on|from|until|any|und|oder|bitte|danke|ab|nach|von|bis|por|gracias|obrigad|despu|merci|apr[eè]s|svp|y|et|e|o)(?!\p{L}))\p{Ll}{3}/u;

/** Returns the extension at the beginning of the text after a phone number, and the length of its text. */
export function findExtension(after: string): { extension: string; length: number } | undefined {
	const [all, word, extension] = EXTENSION.exec(after.slice(0, 60)) ?? [];
	if (all === undefined || extension === undefined) return undefined;
	const isCount =
		word !== undefined &&
		AMBIGUOUS_WORD.test(word) &&
		extension.length <= 2 &&
		COUNTED.test(after.slice(all.length));
	return isCount ? undefined : { extension, length: all.length };
}
