import type { Component } from 'svelte';

/** A Lucide icon component. */
export type IconComponent = Component<{ size?: number; strokeWidth?: number; class?: string }>;
