import type { Component } from 'svelte';

/** A Lucide icon, as components take it. */
export type IconComponent = Component<{ size?: number; strokeWidth?: number; class?: string }>;
