/** Returns the classes of a navigation item: a labeled tab on phones, a row or an icon on larger screens. */
export const getRailItemClass = (isCurrent: boolean): string =>
	[
		'relative flex items-center rounded-[8px] font-medium transition-colors',
		'max-pane:h-12 max-pane:min-w-0 max-pane:flex-1 max-pane:flex-col max-pane:justify-center max-pane:gap-0.5 max-pane:text-[11px] max-pane:leading-3.5',
		'pane:size-10 pane:justify-center pane:text-list',
		'rail-wide:h-9 rail-wide:w-full rail-wide:justify-start rail-wide:gap-2.5 rail-wide:px-2.5',
		isCurrent ? 'bg-accent-soft text-accent' : 'text-ink-2 hover:bg-surface-2 hover:text-ink',
	].join(' ');
