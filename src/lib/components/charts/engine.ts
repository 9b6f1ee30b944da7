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

// Only the parts in use; Chart.svelte loads this file with the first chart.
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
