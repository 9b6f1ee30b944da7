import { csvLine } from '#lib/csv.ts';

/** Has the browser keep rows as a CSV file that spreadsheets read as UTF-8. */
export function downloadCsv(name: string, rows: readonly (readonly string[])[]): void {
	const text = `\ufeff${rows.map((row) => csvLine([...row])).join('')}`;
	const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
	downloadFrom(url, name);
	// Some browsers begin to read only after the click has been handled.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Has the browser keep what an address gives; without a name the answer's own. */
export function downloadFrom(url: string, name = ''): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
}
