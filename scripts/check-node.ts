const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
	console.error(
		`Frontdesk needs Node 24 or newer; this is ${process.versions.node}. ` +
			'Run it through npm (npm start, npm run dev): npm ci installs Node 24 beside the packages.',
	);
	process.exit(1);
}
