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
import { endLabels, hoverLine } from './plugins.ts';

// Only what the charts here are made of; Chart.svelte loads this file when the first chart is drawn.
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
	endLabels,
	hoverLine,
);

export { Chart };
