import { csvLine } from '#lib/csv.ts';

/** Makes the browser download what is at an address; without a name, under the one the response gives. */
export function downloadFrom(url: string, name = ''): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
}

/** Makes the browser download a text as a file. */
export function downloadText(name: string, text: string, type: string): void {
	const url = URL.createObjectURL(new Blob([text], { type }));
	downloadFrom(url, name);
	// Some browsers start reading only after the click has been handled.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Makes the browser download rows as a CSV file, with the mark that makes spreadsheets read it as UTF-8. */
export function downloadCsv(name: string, rows: readonly (readonly string[])[]): void {
	const text = `\ufeff${rows.map((row) => csvLine([...row])).join('')}`;
	downloadText(name, text, 'text/csv;charset=utf-8');
}
