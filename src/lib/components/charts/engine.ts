import {
	BarController,
	BarElement,
	CategoryScale,
	Chart,
	Filler,
	LinearScale,
	LineController,
	LineElement,
	PointElement,
	Tooltip,
} from 'chart.js';
import { barLabels, endLabels, hoverLine, markLines } from './plugins.ts';

// Registers only the parts in use; Chart.svelte imports this file lazily.
Chart.register(
	BarController,
	BarElement,
	CategoryScale,
	Filler,
	LinearScale,
	LineController,
	LineElement,
	PointElement,
	Tooltip,
	barLabels,
	endLabels,
	hoverLine,
	markLines,
);

export { Chart };
