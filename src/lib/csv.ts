/** One line of CSV (RFC 4180), with its line end; cells that a spreadsheet would run as a formula are defused. */
export function csvLine(cells: string[]): string {
	return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(text: string): string {
	// Some spreadsheets trim white space first, and take full-width signs for the plain ones.
	const safe = /^[\t\r\n]|^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
