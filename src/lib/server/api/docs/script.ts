/** The page's only script: the filter over its operations, and opening what a link leads to. The page works without it. */
export const SCRIPT = `
const field = document.querySelector('[type=search]');
const none = document.querySelector('.none');
const groups = [...document.querySelectorAll('main section')];
const links = [...document.querySelectorAll('.groups details')];
const showWhere = (nodes, test) => nodes.filter((node) => !(node.hidden = !test(node))).length;

function filter() {
	const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
	const fits = (node) => words.every((word) => node.dataset.words.includes(word));
	const shown = groups.filter((group) => {
		const count = showWhere([...group.querySelectorAll('.operation')], fits);
		return !(group.hidden = count === 0);
	});
	for (const group of links) {
		group.hidden = showWhere([...group.querySelectorAll('li')], fits) === 0;
		group.open = words.length > 0 && !group.hidden;
	}
	none.hidden = shown.length > 0;
	none.querySelector('b').textContent = field.value;
}

function openTarget() {
	const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
	if (!target) return;
	if (target.hidden || target.closest('[hidden]')) {
		field.value = '';
		filter();
	}
	if (target instanceof HTMLDetailsElement) target.open = true;
	target.scrollIntoView();
}

field.closest('label').hidden = false;
field.addEventListener('input', filter);
field.addEventListener('keydown', (event) => {
	if (event.key !== 'Escape') return;
	field.value = '';
	filter();
});
document.addEventListener('keydown', (event) => {
	if (event.key !== '/' || event.target === field || event.ctrlKey || event.metaKey) return;
	event.preventDefault();
	field.focus();
});
addEventListener('hashchange', openTarget);
if (field.value) filter();
if (location.hash) openTarget();
`;
