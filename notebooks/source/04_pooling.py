# %% [markdown]
# # 04 Pooling
