const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\u2032\uff07`´]/g;

const normalise = (text: string) =>
	text.normalize('NFKC').replace(APOSTROPHES, "'").replace(/\s+/g, ' ').toLowerCase().trim();

/** Whether an AI message says one of the phrases, ignoring case, typographic apostrophes and runs of white space. */
export function saysCompletion(text: string, phrases: string[]): boolean {
	const said = normalise(text);
	return phrases.some((phrase) => {
		const wanted = normalise(phrase);
		return wanted !== '' && said.includes(wanted);
	});
}
